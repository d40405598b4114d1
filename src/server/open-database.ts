import { type Upgrade, upgradeDataFolder } from "../platform/backup/upgrade-data-folder.ts";
import type { Database } from "../platform/database/command.ts";
import { openThreadedDatabase } from "../platform/database/threaded-database.ts";

export interface DatabaseParts {
  readonly dataFolder: string;
  readonly file: string;
  readonly workerEntry: URL;
  readonly version: string;
  readonly now: number;
  readonly onCrash: (error: Error) => void;
}

export interface OpenedDatabase {
  readonly database: Database;
  /** Null where nothing had to change. */
  readonly upgrade: Upgrade | null;
}

/** Brings the file to this version's schema, then hands it to the threads. */
export async function openDatabase(parts: DatabaseParts): Promise<OpenedDatabase> {
  const { dataFolder, file, workerEntry, version, now, onCrash } = parts;
  const upgrade = await upgradeDataFolder({ dataFolder, databaseFile: file, version, now });
  return { database: openThreadedDatabase({ file, workerEntry, onCrash }), upgrade };
}
