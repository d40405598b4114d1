// One server per data folder. The lock is SQLite's own exclusive lock on a small file: the system lets go of it when
// the process ends, however it ends, so that a kill -9 leaves nothing to clean up.
import { DatabaseSync } from "node:sqlite";

const sqliteBusy = 5;

export interface FolderLock {
  release(): void;
}

/** Null when another process, or this one, holds it. */
export function takeFolderLock(file: string): FolderLock | null {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: unknown }).errcode === sqliteBusy) {
      return null;
    }
    throw error;
  }
  return { release: () => database.close() };
}
