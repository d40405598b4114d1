// Writes a backup beside its place and gives it its name only when all of it is on the disk.
import { createReadStream } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { resolve } from "node:path";
import { because } from "../../contract/reasons.ts";
import { AppError } from "../errors.ts";
import { fileProblem } from "../file-problem.ts";
import { formatKeys } from "../secrets/key-file.ts";
import type { BackupManifest } from "./backup-manifest.ts";
import { type DeriveKey, makeHeader, pieceBytes, sealPiece } from "./backup-seal.ts";
import { looksLikeBackup } from "./read-backup.ts";
import { syncFolderOf } from "./sync-folder.ts";

/** Small enough that a server which writes to the same disk does not wait long for its own syncs. */
export const syncEveryBytes = 16 * 1024 * 1024;

export interface BackupPlan {
  readonly file: string;
  readonly databaseFile: string;
  readonly manifest: BackupManifest;
  /** What `secrets.key` holds; null where there is none. */
  readonly secretsKeys: readonly Buffer[] | null;
  /** Null: not encrypted, only guarded against damage. */
  readonly passphrase: string | null;
  readonly deriveKey: DeriveKey;
  /** Told how many bytes are on the disk so far. */
  readonly onWritten?: (bytes: number) => void;
}

/** Replaces an older backup of that name, but no other file. Answers its size. Throws AppError backup_unwritable. */
export async function writeBackup({ file, ...plan }: BackupPlan): Promise<number> {
  const target = resolve(file);
  const unfinished = `${target}.partial`;
  try {
    if ((await looksLikeBackup(target)) === false) {
      throw new AppError("backup_unwritable", { file, ...because("foreign_file_there") });
    }
    const { header, key } = await makeHeader(plan.passphrase, plan.deriveKey);
    // Never through a link that somebody else may have put there.
    await rm(unfinished, { force: true });
    const handle = await open(unfinished, "wx", 0o600);
    try {
      const bytes = await writeSealed(handle, header, key, contentOf(plan), plan.onWritten);
      await handle.sync();
      await handle.close();
      await rename(unfinished, target);
      await syncFolderOf(target);
      return bytes;
    } catch (error) {
      await handle.close().catch(() => {});
      await rm(unfinished, { force: true }).catch(() => {});
      throw error;
    }
  } catch (error) {
    const reason = fileProblem(error, { ENOENT: "folder_missing" });
    throw error instanceof AppError ? error : new AppError("backup_unwritable", { file, ...reason }, { cause: error });
  }
}

async function* contentOf(plan: Omit<BackupPlan, "file">): AsyncGenerator<Buffer> {
  const { manifest, secretsKeys, databaseFile } = plan;
  yield Buffer.concat([part(JSON.stringify(manifest)), part(formatKeys(secretsKeys ?? []))]);
  for await (const bytes of createReadStream(databaseFile, { highWaterMark: 1024 * 1024 })) {
    yield bytes as Buffer;
  }
}

/** Behind its length. */
function part(text: string): Buffer {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

async function writeSealed(
  handle: FileHandle,
  header: Buffer,
  key: Buffer,
  content: AsyncIterable<Buffer>,
  onWritten: (bytes: number) => void = () => {},
): Promise<number> {
  await handle.writeFile(header);
  let total = header.length;
  let synced = 0;
  let number = 0;
  let rest: Buffer = Buffer.alloc(0);
  const write = async (pieces: Buffer[]): Promise<void> => {
    const bytes = Buffer.concat(pieces);
    await handle.writeFile(bytes);
    total += bytes.length;
    if (total - synced >= syncEveryBytes) {
      await handle.datasync();
      synced = total;
      onWritten(total);
    }
  };
  for await (const bytes of content) {
    rest = Buffer.concat([rest, bytes]);
    const pieces: Buffer[] = [];
    let from = 0;
    // What is left over is never empty: the last piece is known as such only when nothing follows it.
    for (; rest.length - from > pieceBytes; from += pieceBytes) {
      pieces.push(sealPiece(key, header, { number: number++, isLast: false }, rest.subarray(from, from + pieceBytes)));
    }
    rest = rest.subarray(from);
    await write(pieces);
  }
  await write([sealPiece(key, header, { number, isLast: true }, rest)]);
  return total;
}
