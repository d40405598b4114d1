// A database file as a whole: copied as of one moment while others write to it, checked, put in another's place.
import { copyFileSync, constants, existsSync, linkSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";
import { isDiskFull } from "../file-problem.ts";
import { syncFolderOf } from "./sync-folder.ts";

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** In one read transaction, which stops no writer; the copy has none of the pages that were deleted. */
export function copyDatabase(from: string, to: string): void {
  withDatabase(from, true, (database) => {
    // The copy is read once and thrown away: no sync that the server would have to share the disk with.
    database.exec("PRAGMA synchronous = OFF");
    database.prepare("VACUUM INTO ?").run(to);
  });
}

/** Answers the names of its migrations, oldest first. Throws AppError database_damaged. */
export function checkDatabase(file: string): string[] {
  return withDatabase(file, true, (database) => {
    const [first] = database.prepare("PRAGMA integrity_check").all() as { integrity_check: string }[];
    if (first?.integrity_check !== "ok") {
      throw new AppError("database_damaged", { file, problem: first?.integrity_check.split("\n")[0] ?? "unknown" });
    }
    const rows = database.prepare("SELECT name FROM schema_migrations ORDER BY name").all() as { name: string }[];
    return rows.map(({ name }) => name);
  });
}

/**
 * Puts `next` where `file` is, in one step: whatever happens there is either the old one or the new one. The old one is
 * kept as `kept`. Both must be closed. Answers whether there was an old one.
 */
export async function replaceDatabase(file: string, next: string, kept: string): Promise<boolean> {
  const hadOne = existsSync(file);
  const isWhole = !hadOne || emptyLog(file);
  for (const suffix of ["-wal", "-shm"].filter((each) => existsSync(file + each))) {
    // A log that stayed would be played into the new file; beside a damaged one it is kept, for who wants to rescue it.
    if (isWhole) {
      rmSync(file + suffix);
    } else {
      renameSync(file + suffix, kept + suffix);
    }
  }
  if (hadOne) {
    keepUnderSecondName(file, kept);
  }
  renameSync(next, file);
  await syncFolderOf(file);
  return hadOne;
}

/** Everything into the main file. False when the database is too damaged for that. */
function emptyLog(file: string): boolean {
  try {
    // First without the right to write: SQLite removes the log of what it does not take for a database.
    withDatabase(file, true, (database) => database.exec("SELECT count(*) FROM sqlite_schema"));
    withDatabase(file, false, (database) => database.exec("PRAGMA wal_checkpoint(TRUNCATE)"));
    return true;
  } catch (error) {
    if (error instanceof AppError && error.code === "database_damaged") {
      return false;
    }
    throw error;
  }
}

function keepUnderSecondName(file: string, kept: string): void {
  try {
    linkSync(file, kept);
  } catch {
    // Some file systems know no second names.
    copyFileSync(file, kept, constants.COPYFILE_EXCL);
  }
}

/** Throws AppError disk_full or database_damaged where SQLite says so. */
export function withDatabase<Result>(file: string, readOnly: boolean, act: (database: DatabaseSync) => Result): Result {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(file, { readOnly, timeout: 5000 });
    database.exec("PRAGMA trusted_schema = OFF");
    return act(database);
  } catch (error) {
    const { errcode, message } = error as { errcode?: number; message: string };
    if (isDiskFull(error)) {
      throw new AppError("disk_full", {}, { cause: error });
    }
    if (errcode !== undefined && [sqliteCorrupt, sqliteNotADatabase].includes(errcode & 0xff)) {
      throw new AppError("database_damaged", { file, problem: message }, { cause: error });
    }
    throw error;
  } finally {
    database?.close();
  }
}
