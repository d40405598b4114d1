// Model files that come from a browser in pieces. A piece is answered once it is on disk; what was answered is still
// there after kill -9. The newest connection of an upload is the one that counts.
import { type FileHandle, mkdir, open, statfs, truncate } from "node:fs/promises";
import { join } from "node:path";
import { checkModelStart, readModelFile } from "../../../inference/local/model-file.ts";
import type { ModelCaller } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";
import { formatBytes } from "../../../platform/format-bytes.ts";
import type { Upload } from "../uploads-contract.ts";
import { exists, forgetBytes, freeModelName, hashOf, placeFile, safeModelName } from "./place-upload.ts";
import type { OfOrganisation } from "./place-store.ts";
import type { ModelFiles } from "./places.ts";
import { createUploadNotes, type UploadNote } from "./upload-notes.ts";

/** So much stays free for everything else that is kept. */
const reservedBytes = 500_000_000;
const abandonedAfterMs = 7 * 24 * 3_600_000;
const maxUploads = 20;

export interface UploadParts {
  readonly modelFolder: string;
  readonly maxBytes: number;
  readonly clock: Clock;
  readonly caller: ModelCaller;
  readonly files: Pick<ModelFiles, "lookAgain">;
  /** What the disk of a folder has free; tests bring their own disk. */
  readonly freeBytesOf?: (folder: string) => Promise<number>;
}

export interface UploadWish {
  readonly uploadId: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
}

export interface PlacedUpload {
  readonly modelId: string;
  readonly fileName: string;
  readonly sha256: string;
}

export interface Uploads {
  list(scope: OfOrganisation): Promise<{ items: Upload[]; freeBytes: number; maxBytes: number }>;
  /** Throws upload_too_large, upload_no_room, too_many_uploads and model_unusable. */
  start(scope: OfOrganisation, wish: UploadWish): Promise<Upload>;
  /** Throws upload_not_found, upload_offset_wrong, upload_taken_over, model_unusable and disk_full. */
  add(scope: OfOrganisation, uploadId: string, offset: number, bytes: AsyncIterable<Uint8Array>): Promise<Upload>;
  /** Throws upload_not_found, upload_offset_wrong and model_unusable. */
  finish(scope: OfOrganisation, uploadId: string): Promise<PlacedUpload>;
  discard(scope: OfOrganisation, uploadId: string): Promise<void>;
  /** Answers how many uploads were given up because nothing had come for a week. */
  clearAbandoned(): Promise<number>;
}

interface Writer {
  readonly takeOver: () => void;
  readonly ended: Promise<unknown>;
}

export function createUploads(parts: UploadParts): Uploads {
  const { modelFolder, maxBytes, clock, caller, files } = parts;
  const notes = createUploadNotes(modelFolder);
  const writers = new Map<string, Writer>();
  const finishing = new Map<string, Promise<PlacedUpload>>();
  /** Whose header is known to be whole and sane. */
  const checked = new Set<string>();
  const freeBytesOf = parts.freeBytesOf ?? freeBytes;
  let starting: Promise<unknown> = Promise.resolve();
  let placing: Promise<unknown> = Promise.resolve();

  const find = async ({ organisationId }: OfOrganisation, uploadId: string): Promise<UploadNote> => {
    const note = await notes.read(uploadId);
    if (note?.organisationId !== organisationId) throw new AppError("upload_not_found");
    return note;
  };

  const refuseFile = async (note: UploadNote, error: unknown): Promise<never> => {
    if (!(error instanceof AppError) || error.code !== "model_file_invalid") throw error;
    await notes.remove(note.id);
    const problem = String(error.details["problem"]);
    throw new AppError("model_unusable", { file: note.fileName, problem }, { cause: error });
  };

  const begin = async ({ organisationId }: OfOrganisation, wish: UploadWish): Promise<Upload> => {
    const { uploadId: id, fileName, sizeBytes, modifiedAt } = wish;
    const before = await notes.read(id);
    if (before?.organisationId === organisationId && before.sizeBytes === sizeBytes) return describe(before);
    if (before !== undefined) throw new AppError("upload_not_found");
    checkName(fileName);
    if (sizeBytes > maxBytes) {
      throw new AppError("upload_too_large", { needed: formatBytes(sizeBytes), limit: formatBytes(maxBytes) });
    }
    await mkdir(modelFolder, { recursive: true, mode: 0o700 });
    const others = (await notes.all()).filter(isUnfinished);
    if (others.length >= maxUploads) throw new AppError("too_many_uploads", { count: maxUploads });
    const promised = others.reduce((sum, other) => sum + other.sizeBytes - other.receivedBytes, 0);
    const free = Math.max(0, (await freeBytesOf(modelFolder)) - promised - reservedBytes);
    if (sizeBytes > free)
      throw new AppError("upload_no_room", { needed: formatBytes(sizeBytes), free: formatBytes(free) });
    const now = clock();
    const note: UploadNote = {
      id,
      organisationId,
      fileName,
      sizeBytes,
      modifiedAt,
      receivedBytes: 0,
      createdAt: now,
      touchedAt: now,
      placedAs: null,
      sha256: null,
    };
    await notes.write(note);
    return describe(note);
  };

  const write = async (
    note: UploadNote,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    takenOver: Promise<never>,
  ): Promise<Upload> => {
    if (offset !== note.receivedBytes || note.placedAs !== null) {
      throw new AppError("upload_offset_wrong", { received: note.receivedBytes });
    }
    const path = notes.bytesOf(note.id);
    const written = await writeBytes(path, note, bytes, takenOver);
    const next = { ...note, receivedBytes: written.end, touchedAt: clock() };
    if (written.end > note.receivedBytes) await notes.write(next);
    if (!checked.has(note.id) && written.end > 0) {
      const isWhole = await checkModelStart(path, note.fileName, note.sizeBytes).catch((error: unknown) =>
        refuseFile(note, error),
      );
      if (isWhole) checked.add(note.id);
    }
    if (written.error !== null) throw written.error;
    return describe(next);
  };

  const place = async (note: UploadNote): Promise<string> => {
    const path = notes.bytesOf(note.id);
    if (note.placedAs !== null && (await placeFile(path, modelFolder, note.placedAs))) return note.placedAs;
    const names = new Set<string>();
    while (true) {
      const taken = new Set((await caller.listModels()).map(({ id }) => id));
      const name = freeModelName(note.fileName, taken, (wanted) => names.has(wanted));
      names.add(name);
      if (await exists(join(modelFolder, name))) continue;
      await notes.write({ ...note, placedAs: name });
      if (await placeFile(path, modelFolder, name)) return name;
    }
  };

  const finishNow = async (note: UploadNote): Promise<PlacedUpload> => {
    const path = notes.bytesOf(note.id);
    const isPlaced = note.placedAs !== null && note.sha256 !== null && !(await exists(path));
    if (isPlaced) return placed(note.placedAs ?? "", note.sha256 ?? "");
    if (note.receivedBytes !== note.sizeBytes) {
      throw new AppError("upload_offset_wrong", { received: note.receivedBytes });
    }
    await readModelFile(path).catch((error: unknown) => refuseFile(note, error));
    const whole = { ...note, sha256: await hashOf(path), touchedAt: clock() };
    // One after the other: the name is chosen among those that are there.
    const turn = placing.then(() => place(whole));
    placing = turn.catch(() => undefined);
    const fileName = await turn;
    await notes.write({ ...whole, placedAs: fileName });
    await forgetBytes(path);
    files.lookAgain();
    return placed(fileName, whole.sha256);
  };

  const placed = async (fileName: string, sha256: string): Promise<PlacedUpload> => {
    const path = join(modelFolder, fileName);
    const model = (await caller.listModels()).find((each) => each.place?.path === path);
    if (model === undefined) throw new AppError("upload_not_found");
    return { modelId: model.id, fileName, sha256 };
  };

  return {
    async list({ organisationId }) {
      const all = (await notes.all()).filter(isUnfinished);
      const promised = all.reduce((sum, note) => sum + note.sizeBytes - note.receivedBytes, 0);
      const free = await freeBytesOf(modelFolder).catch(() => 0);
      return {
        items: all.filter((note) => note.organisationId === organisationId).map(describe),
        freeBytes: Math.max(0, free - promised - reservedBytes),
        maxBytes,
      };
    },
    start(scope, wish) {
      const started = starting.then(() => begin(scope, wish));
      starting = started.catch(() => undefined);
      return started;
    },
    async add(scope, uploadId, offset, bytes) {
      await find(scope, uploadId);
      const { promise: takenOver, reject } = Promise.withResolvers<never>();
      takenOver.catch(() => undefined);
      const previous = writers.get(uploadId);
      previous?.takeOver();
      const work = (async () => {
        await previous?.ended;
        return write(await find(scope, uploadId), offset, bytes, takenOver);
      })();
      const writer = { takeOver: () => reject(new AppError("upload_taken_over")), ended: work.catch(() => undefined) };
      writers.set(uploadId, writer);
      try {
        return await work;
      } finally {
        if (writers.get(uploadId) === writer) writers.delete(uploadId);
      }
    },
    async finish(scope, uploadId) {
      const note = await find(scope, uploadId);
      const running = finishing.get(uploadId) ?? finishNow(note).finally(() => finishing.delete(uploadId));
      finishing.set(uploadId, running);
      return running;
    },
    async discard(scope, uploadId) {
      await find(scope, uploadId);
      writers.get(uploadId)?.takeOver();
      await writers.get(uploadId)?.ended;
      await finishing.get(uploadId)?.catch(() => undefined);
      await notes.remove(uploadId);
    },
    async clearAbandoned() {
      const old = (await notes.all()).filter(
        ({ id, touchedAt }) => touchedAt < clock() - abandonedAfterMs && !writers.has(id) && !finishing.has(id),
      );
      for (const { id } of old) await notes.remove(id);
      return old.filter(isUnfinished).length;
    },
  };
}

interface Written {
  /** Everything before it is on disk. */
  readonly end: number;
  /** Why it is not all; what came before is kept. */
  readonly error: Error | null;
}

/** As they come, one buffer at a time: the connection waits for the disk. */
async function writeBytes(
  path: string,
  { receivedBytes, sizeBytes }: UploadNote,
  bytes: AsyncIterable<Uint8Array>,
  takenOver: Promise<never>,
): Promise<Written> {
  await using handle = await open(path, receivedBytes === 0 ? "w" : "r+", 0o600);
  const pieces = bytes[Symbol.asyncIterator]();
  let end = receivedBytes;
  let error: Error | null = null;
  try {
    while (true) {
      const { value, done } = await Promise.race([pieces.next(), takenOver]);
      if (done === true) break;
      if (end + value.length > sizeBytes) {
        throw new AppError("invalid_request", { problem: "there are more bytes than the upload was said to have" });
      }
      await writeAll(handle, value, end);
      end += value.length;
    }
  } catch (problem) {
    const failure = problem instanceof Error ? problem : new Error(String(problem));
    error = isDiskFull(problem) ? new AppError("disk_full", {}, { cause: problem }) : failure;
  }
  if (error !== null && isDiskFull(error.cause)) {
    await truncate(path, receivedBytes);
    return { end: receivedBytes, error };
  }
  await handle.datasync();
  return { end, error };
}

/** A disk that is nearly full takes a part and refuses the rest with the next call. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

function isDiskFull(problem: unknown): boolean {
  const code = (problem as NodeJS.ErrnoException | null | undefined)?.code;
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG";
}

function isUnfinished({ placedAs }: UploadNote): boolean {
  return placedAs === null;
}

function describe({ id, fileName, sizeBytes, modifiedAt, receivedBytes, createdAt }: UploadNote): Upload {
  return { id, fileName, sizeBytes, modifiedAt, receivedBytes, createdAt };
}

function checkName(fileName: string): void {
  if (!/\.gguf$/i.test(fileName)) {
    const problem = "only GGUF files can be used here, and their names end in .gguf";
    throw new AppError("model_unusable", { file: fileName, problem });
  }
  if (/-\d{5}-of-\d{5}\.gguf$/i.test(safeModelName(fileName))) {
    const problem =
      "it is one of several parts, which cannot be uploaded; put all of them into the models folder, or join them";
    throw new AppError("model_unusable", { file: fileName, problem });
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
