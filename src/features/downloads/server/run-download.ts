// One download from where it is to a model in the models folder. Ended anywhere, it goes on from what is on disk.
import { mkdir, rm } from "node:fs/promises";
import { checkModelStart, readModelFile } from "../../../inference/local/model-file.ts";
import type { Clock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";
import { findPlaced, placeModel, type PlaceModelParts } from "../../models/server/place-model.ts";
import { exists, hashOf } from "../../models/server/place-upload.ts";
import type { ModelFiles } from "../../models/server/places.ts";
import { wholeName } from "./describe-download.ts";
import type { DownloadNote, DownloadNotes, DownloadPart } from "./download-notes.ts";
import { fetchPart } from "./fetch-part.ts";
import type { ModelHost } from "./model-host.ts";

export interface RunDownloadParts extends PlaceModelParts {
  readonly notes: DownloadNotes;
  readonly host: ModelHost;
  readonly files: Pick<ModelFiles, "lookAgain">;
  readonly clock: Clock;
  readonly patienceMs: readonly number[];
}

export interface RunWatch {
  readonly signal: AbortSignal;
  /** Called with each change of the note, when it is on disk. */
  onNote(note: DownloadNote): void;
  onBytes(count: number): void;
}

/** Answers the model's id. Throws what fetching throws, download_corrupt and model_unusable. */
export async function runDownload(parts: RunDownloadParts, begun: DownloadNote, watch: RunWatch): Promise<string> {
  const { notes } = parts;
  let note = begun;
  const keep = async (changes: Partial<DownloadNote>): Promise<void> => {
    note = { ...note, ...changes, touchedAt: parts.clock() };
    await notes.write(note);
    watch.onNote(note);
  };
  if (note.placedAs === null) {
    await mkdir(notes.folderOf(note.id), { recursive: true, mode: 0o700 });
    for (const index of note.parts.keys()) await fetchOne(parts, () => note, index, keep, watch);
    await checkWhole(notes, note);
    watch.signal.throwIfAborted();
  }
  const fileName = await placeModel(parts, {
    fileName: wholeName(note.parts),
    bytes: note.parts.map((part) => notes.bytesOf(note.id, part)),
    placedAs: note.placedAs,
    note: (placedAs) => keep({ placedAs }),
  });
  await notes.remove(note.id);
  parts.files.lookAgain();
  const model = await findPlaced(parts, fileName, note.parts.length);
  if (model === undefined) throw new AppError("download_gone");
  return model.id;
}

async function fetchOne(
  { notes, host, patienceMs }: RunDownloadParts,
  current: () => DownloadNote,
  index: number,
  keep: (changes: Partial<DownloadNote>) => Promise<void>,
  watch: RunWatch,
): Promise<void> {
  const { id, parts } = current();
  const wanted = parts[index] as DownloadPart;
  const path = notes.bytesOf(id, wanted);
  // Whoever deleted the bytes by hand gets them anew.
  const known = wanted.receivedBytes > 0 && !(await exists(path)) ? { ...wanted, receivedBytes: 0 } : wanted;
  const isHashed = known.receivedBytes === known.sizeBytes;
  const part = await fetchPart(
    {
      host,
      path,
      patienceMs,
      signal: watch.signal,
      onBytes: watch.onBytes,
      keep: (next) => keep({ parts: current().parts.with(index, next) }),
      async checkStart() {
        // Of one in several parts, the header speaks of all of them.
        if (parts.length === 1) await usable(wanted.name, () => checkModelStart(path, wanted.name, wanted.sizeBytes));
      },
    },
    known,
  );
  if (!isHashed && part.sha256 !== null && (await hashOf(path)) !== part.sha256) {
    await rm(path, { force: true });
    await keep({ parts: current().parts.with(index, { ...part, receivedBytes: 0 }) });
    throw new AppError("download_corrupt", { file: part.name, host: new URL(part.url).host });
  }
}

async function checkWhole(notes: DownloadNotes, note: DownloadNote): Promise<void> {
  const [first] = note.parts;
  if (first !== undefined) await usable(first.name, () => readModelFile(notes.bytesOf(note.id, first)));
}

/** Throws model_unusable. */
export async function usable(file: string, check: () => Promise<unknown>): Promise<void> {
  await check().catch((error: unknown) => {
    if (!(error instanceof AppError) || error.code !== "model_file_invalid") throw error;
    throw new AppError("model_unusable", { ...error.details, file }, { cause: error });
  });
}
