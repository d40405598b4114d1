// Models that are fetched from elsewhere into the models folder. A download belongs to the server, not to whoever began it;
// what has arrived is kept through a pause, a cut, a restart and kill -9.
import { AppError } from "../../../platform/errors.ts";
import { createInTurn } from "../../../platform/in-turn.ts";
import { createUploadNotes } from "../../models/server/upload-notes.ts";
import { readFreeBytes, roomLeft, type Unfinished } from "../../models/server/upload-room.ts";
import type { Download } from "../contract.ts";
import { adoptBytes, checkAdoptable } from "./adopt-bytes.ts";
import { type Begun, createBeginning, type DownloadParts, type OfOrganisation } from "./begin-download.ts";
import { describeDownload, describeFetched } from "./describe-download.ts";
import { createDownloadRuns, type DownloadProgress } from "./download-runs.ts";
import { createDownloadNotes, type DownloadNote, sizesOf } from "./download-notes.ts";
import { readDownloadSource } from "./download-source.ts";
import { createModelHost } from "./model-host.ts";

export interface Pulled {
  readonly modelId: string;
  /** It was here already, and nothing was fetched. */
  readonly wasHere: boolean;
}

export interface Downloads {
  /**
   * Fetches what was named, or goes on with it, to its end. Aborting pauses it. Throws what planning and fetching throw,
   * upload_no_room and too_many_uploads.
   */
  pull(
    scope: OfOrganisation,
    source: string,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<Pulled>;
  /** The oldest first; what came since this process began is among them. */
  list(scope: OfOrganisation): Promise<{ items: Download[]; freeBytes: number; host: string }>;
  /** As `pull`, without waiting for its end. */
  start(scope: OfOrganisation, source: string, signal: AbortSignal): Promise<StartedDownload>;
  /** Throws download_unknown. */
  pause(scope: OfOrganisation, downloadId: string): Promise<Download>;
  /** Throws download_unknown. */
  resume(scope: OfOrganisation, downloadId: string): Promise<Download>;
  /** Deletes what has arrived; repeated, it changes nothing. */
  remove(scope: OfOrganisation, downloadId: string): Promise<void>;
  /**
   * As `pull`, beginning with what another program has fetched of the same file; where something of it has arrived here
   * already, it goes on with that. Throws what `pull` throws, model_path_missing, model_unusable and download_not_adoptable.
   */
  adopt(
    scope: OfOrganisation,
    path: string,
    source: string,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<Pulled>;
  /** Deletes what has arrived of it; pulled again, it begins anew. Throws download_not_begun. */
  discard(scope: OfOrganisation, source: string): Promise<void>;
  /** Answers how many downloads were given up because nobody had gone on with them for a week. */
  clearAbandoned(): Promise<number>;
  /** What is still to come, whosever it is. */
  unfinished(): Promise<readonly Unfinished[]>;
  /** What an earlier process was fetching when it ended. */
  goOn(): Promise<void>;
  /** Those that run go on with the next start. */
  stop(): Promise<void>;
}

export interface StartedDownload {
  /** It was here already, and nothing is fetched. */
  readonly modelId: string | null;
  readonly download: Download | null;
}

const patienceMs = [1_000, 2_000, 5_000, 10_000, 20_000, 30_000];
const abandonedAfterMs = 7 * 24 * 3_600_000;
const progressEveryMs = 500;

export function createDownloads(parts: DownloadParts): Downloads {
  const { modelFolder, freeBytesOf = readFreeBytes } = parts;
  const notes = createDownloadNotes(modelFolder);
  const host = createModelHost(parts);
  const runs = createDownloadRuns({ patienceMs, ...parts, notes, host });
  const inTurn = createInTurn();

  const { begin, goOnWith } = createBeginning(parts, { notes, host, runs });

  /** To its end; aborting pauses it. */
  async function follow(
    begun: Begun,
    onProgress: (progress: DownloadProgress) => void,
    signal: AbortSignal,
  ): Promise<Pulled> {
    if ("modelId" in begun) return { modelId: begun.modelId, wasHere: true };
    const download = runs.begin(begun.note);
    const tell = (): void => onProgress(download.progress());
    const timer = setInterval(tell, progressEveryMs);
    const pause = (): void => void download.stop(true);
    signal.addEventListener("abort", pause, { once: true });
    try {
      tell();
      if (signal.aborted) await download.stop(true);
      const modelId = await download.ended;
      tell();
      return { modelId, wasHere: false };
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", pause);
    }
  }

  async function find({ organisationId }: OfOrganisation, downloadId: string): Promise<DownloadNote> {
    const note = await notes.read(downloadId);
    if (note?.organisationId !== organisationId) throw new AppError("download_unknown");
    return note;
  }

  const describe = (note: DownloadNote): Download => describeDownload(note, runs.get(note.id)?.progress() ?? null);

  return {
    async list({ organisationId }) {
      const isOwn = (note: DownloadNote): boolean => note.organisationId === organisationId;
      const fetched = runs.fetched().filter(({ note }) => isOwn(note));
      // Read first: what ends meanwhile is then listed once, as what it has become.
      const unfinished = (await notes.all()).filter(
        (note) => isOwn(note) && fetched.every((each) => each.note.id !== note.id),
      );
      const free = await freeBytesOf(modelFolder).catch(() => 0);
      const items = [
        ...fetched.map(({ note, modelId }) => describeFetched(note, modelId)),
        ...unfinished.map(describe),
      ];
      return {
        items: items.toSorted((one, other) => one.createdAt - other.createdAt),
        freeBytes: roomLeft([...(await createUploadNotes(modelFolder).unfinished()), ...unfinished.map(sizesOf)], free),
        host: new URL(parts.modelHost).host,
      };
    },
    async start(scope, source, signal) {
      const begun = await inTurn(() => begin(scope, source, signal));
      if ("modelId" in begun) return { modelId: begun.modelId, download: null };
      runs.begin(begun.note);
      return { modelId: null, download: describe(begun.note) };
    },
    async pause(scope, downloadId) {
      await find(scope, downloadId);
      await runs.get(downloadId)?.stop(true);
      return describe(await find(scope, downloadId));
    },
    async resume(scope, downloadId) {
      const note = await goOnWith(await find(scope, downloadId));
      runs.begin(note);
      return describe(note);
    },
    async remove(scope, downloadId) {
      runs.forget(downloadId);
      const note = await notes.read(downloadId);
      if (note?.organisationId !== scope.organisationId) return;
      await runs.get(downloadId)?.stop(true);
      runs.forget(downloadId);
      await notes.remove(downloadId);
    },
    async pull(scope, source, onProgress, signal) {
      signal.throwIfAborted();
      return follow(await inTurn(() => begin(scope, source, signal)), onProgress, signal);
    },
    async adopt(scope, path, source, onProgress, signal) {
      await checkAdoptable(path);
      const begun = await inTurn(async () => {
        const fresh = await begin(scope, source, signal);
        const isNew =
          "note" in fresh && sizesOf(fresh.note).receivedBytes === 0 && runs.get(fresh.note.id) === undefined;
        return isNew ? { note: await adoptBytes(notes, fresh.note, path) } : fresh;
      });
      return follow(begun, onProgress, signal);
    },
    async discard({ organisationId }, typed) {
      const key = JSON.stringify(readDownloadSource(typed, parts.modelHost));
      const note = (await notes.all()).find((each) => each.organisationId === organisationId && each.source === key);
      if (note === undefined) throw new AppError("download_not_begun", { source: typed });
      await runs.get(note.id)?.stop(true);
      await notes.remove(note.id);
    },
    async clearAbandoned() {
      const isOld = ({ id, touchedAt }: DownloadNote): boolean =>
        touchedAt < parts.clock() - abandonedAfterMs && runs.get(id) === undefined;
      const abandoned = (await notes.all()).filter(isOld);
      for (const { id } of abandoned) await notes.remove(id);
      return abandoned.length;
    },
    unfinished: async () => (await notes.all()).map(sizesOf),
    async goOn() {
      for (const note of await notes.all()) if (note.state === "running") runs.begin(note);
    },
    stop: runs.stop,
  };
}
