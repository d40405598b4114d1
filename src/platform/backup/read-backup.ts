// Reads a backup piece by piece and believes none that is not exactly what was sealed in that place.
import { type FileHandle, open } from "node:fs/promises";
import * as z from "zod/mini";
import { because } from "../../contract/reasons.ts";
import { AppError } from "../errors.ts";
import { fileProblem } from "../file-problem.ts";
import { maxKeyFileBytes, parseKeys } from "../secrets/key-file.ts";
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
  /** What `secrets.key` held; null where there was none. */
  readonly secretsKeys: readonly Buffer[] | null;
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
    const reason = fileProblem(error, { ENOENT: "file_missing" });
    throw new AppError("backup_unreadable", { file, ...reason }, { cause: error });
  };
  const handle = await open(file, "r").catch(unreadable);
  try {
    const header = parseHeader(await readAt(handle, 0, headerBytes).catch(unreadable));
    if (typeof header === "string") {
      throw new AppError("backup_invalid", { file, ...because(header) });
    }
    const key = await keyOf(header, { file, passphrase, deriveKey });
    const pieces = readPieces(handle, file, header, key);
    const contents = createContents(file, pieces);
    const manifest = await readManifest(file, contents);
    const secretsKeys = header.hasKeyPlace ? await readKeys(file, contents) : null;
    return {
      manifest,
      isEncrypted: header.isEncrypted,
      secretsKeys,
      database: databaseBytes(file, manifest, contents.rest(), pieces),
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
    return (await readBackupKind(file)) !== null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return null;
    }
    throw error;
  }
}

/** By its first bytes alone; null where it is no backup. */
export async function readBackupKind(file: string): Promise<"encrypted" | "plain" | null> {
  const handle = await open(file, "r");
  try {
    const header = parseHeader(await readAt(handle, 0, headerBytes));
    return typeof header === "string" ? null : header.isEncrypted ? "encrypted" : "plain";
  } finally {
    await handle.close();
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
      ? new AppError("backup_invalid", { file, ...because("backup_start_damaged") })
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
      throw new AppError("backup_invalid", { file, ...because("backup_damaged") });
    }
    yield piece;
    if (isLast) {
      return;
    }
  }
}

interface Contents {
  /** The next part that stands behind its own length. Throws AppError backup_invalid. */
  part(maxBytes: number): Promise<Buffer>;
  /** What was read already and belongs to none of the parts. */
  rest(): Buffer;
}

function createContents(file: string, pieces: AsyncGenerator<Buffer>): Contents {
  let read: Buffer = Buffer.alloc(0);
  const take = async (bytes: number): Promise<Buffer> => {
    while (read.length < bytes) {
      const next = await pieces.next();
      if (next.done) {
        throw wrongContents(file);
      }
      read = Buffer.concat([read, next.value]);
    }
    const taken = read.subarray(0, bytes);
    read = read.subarray(bytes);
    return taken;
  };
  return {
    async part(maxBytes) {
      const length = (await take(4)).readUInt32BE(0);
      if (length > maxBytes) {
        throw wrongContents(file);
      }
      return take(length);
    },
    rest: () => read,
  };
}

async function readManifest(file: string, contents: Contents): Promise<BackupManifest> {
  const manifest = z.safeParse(BackupManifest, parseJson(await contents.part(maxManifestBytes)));
  if (!manifest.success) {
    throw wrongContents(file);
  }
  return manifest.data;
}

async function readKeys(file: string, contents: Contents): Promise<Buffer[] | null> {
  const text = (await contents.part(maxKeyFileBytes)).toString("utf8");
  const keys = text === "" ? null : parseKeys(text);
  if (text !== "" && !keys) {
    throw wrongContents(file);
  }
  return keys;
}

function wrongContents(file: string): AppError {
  return new AppError("backup_invalid", { file, ...because("backup_list_wrong") });
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
    throw new AppError("backup_invalid", { file, ...because("backup_size_differs") });
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
