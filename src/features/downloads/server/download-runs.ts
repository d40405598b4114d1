// The downloads that this process is fetching, one run each: how far it is, how it is stopped, and what is kept of one that ended.
import { rm } from "node:fs/promises";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import { type DownloadNote, sizesOf } from "./download-notes.ts";
import { runDownload, type RunDownloadParts } from "./run-download.ts";
import { createTransferSpeed } from "./transfer-speed.ts";

export interface DownloadProgress {
  readonly files: readonly string[];
  readonly sizeBytes: number;
  readonly receivedBytes: number;
  /** Null while it is not known yet. */
  readonly bytesPerSecond: number | null;
}

export interface RunningDownload {
  readonly ended: Promise<string>;
  readonly progress: () => DownloadProgress;
  /** Paused, it waits for somebody; else it goes on with the next start. */
  stop(isPaused: boolean): Promise<void>;
}

export interface FetchedDownload {
  readonly note: DownloadNote;
  readonly modelId: string;
}

export interface DownloadRunsParts extends RunDownloadParts {
  readonly logger: Pick<Logger, "warn">;
}

export interface DownloadRuns {
  /** Of one that runs already, that run. */
  begin(note: DownloadNote): RunningDownload;
  get(id: string): RunningDownload | undefined;
  /** Those that have become models since this process began, the last few. */
  fetched(): readonly FetchedDownload[];
  forget(id: string): void;
  /** They go on with the next start. */
  stop(): Promise<void>;
}

const mostFetched = 10;
/** After these nothing of what has arrived is worth keeping. */
const spoiling = new Set(["download_changed", "download_corrupt", "model_unusable"]);

export function createDownloadRuns(parts: DownloadRunsParts): DownloadRuns {
  const { notes, logger } = parts;
  const running = new Map<string, RunningDownload>();
  let fetched: readonly FetchedDownload[] = [];

  function begin(note: DownloadNote): RunningDownload {
    const before = running.get(note.id);
    if (before !== undefined) return before;
    const speed = createTransferSpeed(() => performance.now());
    const over = new AbortController();
    let current = note;
    let arrived = sizesOf(note).receivedBytes;
    let isPaused = false;
    const work = async (): Promise<string> => {
      try {
        const modelId = await runDownload(parts, note, {
          signal: over.signal,
          onBytes(count) {
            speed.add(count);
            arrived += count;
          },
          onNote(next) {
            current = next;
            arrived = sizesOf(next).receivedBytes;
          },
        });
        fetched = [...fetched, { note, modelId }].slice(-mostFetched);
        return modelId;
      } catch (error) {
        if (over.signal.aborted) await notes.write({ ...current, state: isPaused ? "paused" : "running" });
        else await fail(current, error);
        throw error;
      }
    };
    const ended = work().finally(() => running.delete(note.id));
    ended.catch(() => undefined);
    const made: RunningDownload = {
      ended,
      progress: () => ({
        files: note.parts.map(({ name }) => name),
        sizeBytes: sizesOf(note).sizeBytes,
        receivedBytes: arrived,
        bytesPerSecond: speed.read(),
      }),
      async stop(paused) {
        isPaused = paused;
        over.abort(new AppError("download_stopped"));
        await ended.catch(() => undefined);
      },
    };
    running.set(note.id, made);
    return made;
  }

  async function fail(note: DownloadNote, error: unknown): Promise<void> {
    const known = error instanceof AppError ? error : new AppError("internal_error");
    logger.warn({ event: "download-failed", code: known.code, ...(known === error ? {} : { err: error }) });
    const isSpoilt = spoiling.has(known.code);
    if (isSpoilt) await rm(notes.folderOf(note.id), { recursive: true, force: true });
    const left = isSpoilt ? note.parts.map((part) => ({ ...part, receivedBytes: 0 })) : note.parts;
    await notes.write({ ...note, parts: left, state: "failed", error: { code: known.code, details: known.details } });
  }

  return {
    begin,
    get: (id) => running.get(id),
    fetched: () => fetched,
    forget(id) {
      fetched = fetched.filter(({ note }) => note.id !== id);
    },
    async stop() {
      await Promise.all([...running.values()].map((each) => each.stop(false)));
    },
  };
}
