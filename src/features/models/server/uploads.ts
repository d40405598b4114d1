// Model files that come from a browser in pieces. A piece is answered once it is on disk; what was answered is still
// there after kill -9.
import { mkdir } from "node:fs/promises";
import { AppError } from "../../../platform/errors.ts";
import { formatBytes } from "../../../platform/format-bytes.ts";
import { createInTurn } from "../../../platform/in-turn.ts";
import type { Upload } from "../uploads-contract.ts";
import { checkUploadName, checkUploadStart } from "./check-upload.ts";
import { createFinishUpload, type FinishUploadParts, type PlacedUpload } from "./finish-upload.ts";
import { createNewestWriters } from "./newest-writers.ts";
import type { OfOrganisation } from "./place-store.ts";
import { writeBytes } from "./upload-bytes.ts";
import { createUploadNotes, type UploadNote, type UploadNotes } from "./upload-notes.ts";
import { readFreeBytes, requireRoom, roomLeft, type Unfinished } from "./upload-room.ts";

const abandonedAfterMs = 7 * 24 * 3_600_000;

export interface UploadParts extends FinishUploadParts {
  readonly maxBytes: number;
  /** What the disk of a folder has free; tests bring their own disk. */
  readonly freeBytesOf?: (folder: string) => Promise<number>;
  /** What else is still to come into the folder and has its room. */
  readonly alsoPromised?: () => Promise<readonly Unfinished[]>;
}

export interface UploadWish {
  readonly uploadId: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  readonly modifiedAt: number;
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

export function createUploads(parts: UploadParts): Uploads {
  const { modelFolder, maxBytes, clock, freeBytesOf = readFreeBytes, alsoPromised = async () => [] } = parts;
  const notes = createUploadNotes(modelFolder);
  const writers = createNewestWriters();
  const finishNow = createFinishUpload(parts, notes);
  const finishing = new Map<string, Promise<PlacedUpload>>();
  const append = createAppend(parts, notes);
  const inTurn = createInTurn();

  async function find({ organisationId }: OfOrganisation, uploadId: string): Promise<UploadNote> {
    const note = await notes.read(uploadId);
    if (note?.organisationId !== organisationId) throw new AppError("upload_not_found");
    return note;
  }

  return {
    async list({ organisationId }) {
      const all = await notes.unfinished();
      const diskFree = await freeBytesOf(modelFolder).catch(() => 0);
      const items = all.filter((note) => note.organisationId === organisationId).map(describe);
      return { items, freeBytes: roomLeft([...all, ...(await alsoPromised())], diskFree), maxBytes };
    },
    // One after the other: each counts what the one before was promised.
    start: (scope, wish) => inTurn(() => begin({ ...parts, freeBytesOf, alsoPromised }, notes, scope, wish)),
    async add(scope, uploadId, offset, bytes) {
      await find(scope, uploadId);
      return writers.write(uploadId, async (takenOver) =>
        append(await find(scope, uploadId), offset, bytes, takenOver),
      );
    },
    async finish(scope, uploadId) {
      await find(scope, uploadId);
      // Read anew: another window may have finished it meanwhile.
      const running =
        finishing.get(uploadId) ??
        find(scope, uploadId)
          .then(finishNow)
          .finally(() => finishing.delete(uploadId));
      finishing.set(uploadId, running);
      return running;
    },
    async discard(scope, uploadId) {
      await find(scope, uploadId);
      await writers.end(uploadId);
      await finishing.get(uploadId)?.catch(() => undefined);
      await notes.remove(uploadId);
    },
    async clearAbandoned() {
      const isOld = ({ id, touchedAt }: UploadNote): boolean =>
        touchedAt < clock() - abandonedAfterMs && !writers.isWriting(id) && !finishing.has(id);
      const abandoned = (await notes.unfinished()).filter(isOld);
      for (const { id } of (await notes.all()).filter(isOld)) await notes.remove(id);
      return abandoned.length;
    },
  };
}

async function begin(
  parts: UploadParts & Required<Pick<UploadParts, "freeBytesOf" | "alsoPromised">>,
  notes: UploadNotes,
  { organisationId }: OfOrganisation,
  { uploadId: id, fileName, sizeBytes, modifiedAt }: UploadWish,
): Promise<Upload> {
  const { modelFolder, maxBytes, clock, freeBytesOf, alsoPromised } = parts;
  const before = await notes.read(id);
  if (before?.organisationId === organisationId && before.sizeBytes === sizeBytes) return describe(before);
  if (before !== undefined) throw new AppError("upload_not_found");
  checkUploadName(fileName);
  if (sizeBytes > maxBytes) {
    throw new AppError("upload_too_large", { needed: formatBytes(sizeBytes), limit: formatBytes(maxBytes) });
  }
  await mkdir(modelFolder, { recursive: true, mode: 0o700 });
  const promised = [...(await notes.unfinished()), ...(await alsoPromised())];
  requireRoom(sizeBytes, promised, await freeBytesOf(modelFolder));
  const createdAt = clock();
  const wish = { id, organisationId, fileName, sizeBytes, modifiedAt };
  const note = { ...wish, receivedBytes: 0, createdAt, touchedAt: createdAt, placedAs: null, sha256: null };
  await notes.write(note);
  return describe(note);
}

type Append = (
  note: UploadNote,
  offset: number,
  bytes: AsyncIterable<Uint8Array>,
  takenOver: Promise<never>,
) => Promise<Upload>;

function createAppend({ clock }: Pick<UploadParts, "clock">, notes: UploadNotes): Append {
  /** Whose header is known to be whole and sane. */
  const checked = new Set<string>();

  return async (note, offset, bytes, takenOver) => {
    if (offset !== note.receivedBytes || note.placedAs !== null) {
      throw new AppError("upload_offset_wrong", { received: note.receivedBytes });
    }
    const written = await writeBytes(notes.bytesOf(note.id), note, bytes, takenOver);
    const next = { ...note, receivedBytes: written.end, touchedAt: clock() };
    if (written.end > note.receivedBytes) await notes.write(next);
    if (!checked.has(note.id) && written.end > 0 && (await checkUploadStart(notes, note))) checked.add(note.id);
    if (written.error !== null) throw written.error;
    return describe(next);
  };
}

function describe({ id, fileName, sizeBytes, modifiedAt, receivedBytes, createdAt }: UploadNote): Upload {
  return { id, fileName, sizeBytes, modifiedAt, receivedBytes, createdAt };
}
