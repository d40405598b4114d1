// Reads a backup piece by piece and believes none that is not exactly what was sealed in that place.
import { type FileHandle, open } from "node:fs/promises";
import * as z from "zod/mini";
import { AppError } from "../errors.ts";
import { fileProblem } from "../file-problem.ts";
import { BackupManifest, maxManifestBytes } from "./backup-manifest.ts";
import {
  type BackupHeader,
  type DeriveKey,
  headerBytes,
  isKeyOf,
  openPiece,
  parseHeader,
  pieceBytes,
  tagBytes,
} from "./backup-seal.ts";

export interface OpenedBackup extends AsyncDisposable {
  readonly manifest: BackupManifest;
  readonly isEncrypted: boolean;
  /** The bytes of the database, once. Throws AppError backup_invalid at the first piece that is wrong. */
  readonly database: AsyncGenerator<Buffer>;
}

export interface BackupToRead {
  readonly file: string;
  readonly passphrase: string | null;
  readonly deriveKey: DeriveKey;
}

/** Throws AppError backup_unreadable, backup_invalid, backup_not_encrypted, backup_passphrase_needed or _wrong. */
export async function openBackup({ file, passphrase, deriveKey }: BackupToRead): Promise<OpenedBackup> {
  const unreadable = (error: unknown): never => {
    const problem = fileProblem(error, { ENOENT: "there is no such file" });
    throw new AppError("backup_unreadable", { file, problem }, { cause: error });
  };
  const handle = await open(file, "r").catch(unreadable);
  try {
    const header = parseHeader(await readAt(handle, 0, headerBytes).catch(unreadable));
    if (typeof header === "string") {
      throw new AppError("backup_invalid", { file, problem: header });
    }
    const key = await keyOf(header, { file, passphrase, deriveKey });
    const pieces = readPieces(handle, file, header, key);
    const { manifest, rest } = await readManifest(file, pieces);
    return {
      manifest,
      isEncrypted: header.isEncrypted,
      database: databaseBytes(file, manifest, rest, pieces),
      [Symbol.asyncDispose]: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Null when there is no file of that name. */
export async function looksLikeBackup(file: string): Promise<boolean | null> {
  try {
    const handle = await open(file, "r");
    try {
      return typeof parseHeader(await readAt(handle, 0, headerBytes)) !== "string";
    } finally {
      await handle.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return null;
    }
    throw error;
  }
}

async function keyOf(header: BackupHeader, { file, passphrase, deriveKey }: BackupToRead): Promise<Buffer> {
  if (header.isEncrypted && passphrase === null) {
    throw new AppError("backup_passphrase_needed", { file });
  }
  if (!header.isEncrypted && passphrase !== null) {
    throw new AppError("backup_not_encrypted", { file });
  }
  const key = await deriveKey(passphrase ?? "", header.salt);
  if (!isKeyOf(header, key)) {
    throw passphrase === null
      ? new AppError("backup_invalid", { file, problem: "its first bytes are damaged" })
      : new AppError("backup_passphrase_wrong", { file });
  }
  return key;
}

async function* readPieces(
  handle: FileHandle,
  file: string,
  header: BackupHeader,
  key: Buffer,
): AsyncGenerator<Buffer, undefined> {
  const { size } = await handle.stat();
  let number = 0;
  for (let position = headerBytes; ; number++) {
    const sealed = await readAt(handle, position, Math.min(pieceBytes + tagBytes, size - position));
    position += sealed.length;
    const isLast = position >= size;
    const piece = sealed.length > tagBytes ? openPiece(key, header.bytes, { number, isLast }, sealed) : null;
    if (!piece) {
      throw new AppError("backup_invalid", { file, problem: "it is damaged or cut off" });
    }
    yield piece;
    if (isLast) {
      return;
    }
  }
}

async function readManifest(
  file: string,
  pieces: AsyncGenerator<Buffer>,
): Promise<{ manifest: BackupManifest; rest: Buffer }> {
  const wrong = new AppError("backup_invalid", { file, problem: "its list of contents is wrong" });
  let read: Buffer = Buffer.alloc(0);
  const need = async (bytes: number): Promise<void> => {
    while (read.length < bytes) {
      const next = await pieces.next();
      if (next.done) {
        throw wrong;
      }
      read = Buffer.concat([read, next.value]);
    }
  };
  await need(4);
  const length = read.readUInt32BE(0);
  if (length > maxManifestBytes) {
    throw wrong;
  }
  await need(4 + length);
  const manifest = z.safeParse(BackupManifest, parseJson(read.subarray(4, 4 + length)));
  if (!manifest.success) {
    throw wrong;
  }
  return { manifest: manifest.data, rest: read.subarray(4 + length) };
}

async function* databaseBytes(
  file: string,
  manifest: BackupManifest,
  first: Buffer,
  pieces: AsyncGenerator<Buffer>,
): AsyncGenerator<Buffer> {
  let total = first.length;
  yield first;
  for await (const piece of pieces) {
    total += piece.length;
    yield piece;
  }
  if (total !== manifest.databaseBytes) {
    throw new AppError("backup_invalid", { file, problem: "its database has another size than it says" });
  }
}

/** Fewer bytes than wanted only at the end of the file. */
async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(buffer, done, length - done, position + done);
    if (bytesRead === 0) {
      break;
    }
    done += bytesRead;
  }
  return buffer.subarray(0, done);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
