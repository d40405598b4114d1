// Why the system refused something with a file, in words for a sentence.
import { AppError } from "./errors.ts";

const problems: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the disk is read-only",
  ENOENT: "no folder can be made there",
  ENOTDIR: "a part of the path is not a folder",
  EEXIST: "there is a file of that name",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than the disk allows",
  EISDIR: "it is a folder",
  EIO: "the disk does not answer",
  ELOOP: "its links go round in circles",
  ENAMETOOLONG: "the path is too long",
};

/** `meanings` says what a code means in the caller's place, where that is more than the general words. */
export function fileProblem(error: unknown, meanings: Readonly<Record<string, string>> = {}): string {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  return meanings[code] ?? problems[code] ?? (error instanceof Error ? error.message : String(error));
}

/** SQLITE_FULL, and SQLITE_IOERR_SHMSIZE: the index of its log needs room too. */
const sqliteFull: readonly unknown[] = [13, 4874];

/** Whether the system or SQLite refused for want of room. */
export function isDiskFull(error: unknown): boolean {
  const { code, errcode } = (error ?? {}) as { code?: unknown; errcode?: unknown };
  return code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG" || sqliteFull.includes(errcode);
}

/** What to throw where something in the data folder could not be written: disk_full or data_folder_unwritable. */
export function unwritable(folder: string, error: unknown): AppError {
  if (error instanceof AppError) {
    return error;
  }
  return isDiskFull(error)
    ? new AppError("disk_full", {}, { cause: error })
    : new AppError("data_folder_unwritable", { folder, problem: fileProblem(error) }, { cause: error });
}
