// Why the system refused something with a file, for the details of an error.
import { because, type ReasonCode } from "../contract/reasons.ts";
import { AppError } from "./errors.ts";

const problems: Readonly<Record<string, ReasonCode>> = {
  EACCES: "file_denied",
  EPERM: "file_denied",
  EROFS: "disk_read_only",
  ENOENT: "folder_not_made",
  ENOTDIR: "path_not_folder",
  EEXIST: "file_name_taken",
  ENOSPC: "disk_is_full",
  EDQUOT: "disk_quota_used",
  EFBIG: "file_too_large",
  EISDIR: "is_folder",
  EIO: "disk_silent",
  ELOOP: "links_in_circle",
  ENAMETOOLONG: "path_too_long",
};

/** `meanings` says what a code means in the caller's place, where that is more than the general words. */
export function fileProblem(
  error: unknown,
  meanings: Readonly<Record<string, ReasonCode>> = {},
): { readonly problem: string; readonly reasonCode?: ReasonCode } {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  const reason = meanings[code] ?? problems[code];
  if (reason !== undefined) return because(reason);
  return { problem: error instanceof Error ? error.message : String(error) };
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
    : new AppError("data_folder_unwritable", { folder, ...fileProblem(error) }, { cause: error });
}
