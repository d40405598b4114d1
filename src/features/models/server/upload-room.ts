// How much more may come: what unfinished uploads and downloads were promised counts as taken.
import { statfs } from "node:fs/promises";
import { AppError } from "../../../platform/errors.ts";
import { formatBytes } from "../../../platform/format-bytes.ts";

/** What is still to come of it has its room. */
export interface Unfinished {
  readonly sizeBytes: number;
  readonly receivedBytes: number;
}

/** So much stays free for everything else that is kept. */
const reservedBytes = 500_000_000;
const maxUploads = 20;

export function roomLeft(unfinished: readonly Unfinished[], diskFreeBytes: number): number {
  const promised = unfinished.reduce((sum, note) => sum + note.sizeBytes - note.receivedBytes, 0);
  return Math.max(0, diskFreeBytes - promised - reservedBytes);
}

/** Throws too_many_uploads, upload_no_room. */
export function requireRoom(sizeBytes: number, unfinished: readonly Unfinished[], diskFreeBytes: number): void {
  if (unfinished.length >= maxUploads) throw new AppError("too_many_uploads", { count: maxUploads });
  const free = roomLeft(unfinished, diskFreeBytes);
  if (sizeBytes > free) {
    throw new AppError("upload_no_room", { needed: formatBytes(sizeBytes), free: formatBytes(free) });
  }
}

export async function readFreeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
