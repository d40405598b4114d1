// What a start does with the database before anything else: checks that it is what it says, makes a snapshot where it is
// of an older version, and brings it to this one. Whatever fails, the old database is what is there.
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { freeBytes, minFreeBytes } from "../data-folder.ts";
import { type Database, writeCommand } from "../database/command.ts";
import { openInlineDatabase } from "../database/inline-database.ts";
import { migrate, type Migration, type MigrationArguments, missingMigrations } from "../database/migrate.ts";
import { migrations as ownMigrations } from "../database/migrations/migrations.ts";
import { checkSchema } from "../database/schema-check.ts";
import { type DatabaseHistory, readHistory, recordVersion } from "../database/version-store.ts";
import { AppError } from "../errors.ts";
import { unwritable } from "../file-problem.ts";
import { formatBytes } from "../format-bytes.ts";
import { checkDatabase } from "./database-file.ts";
import { removeOldSnapshots, removeUnfinishedSnapshots, takeSnapshot } from "./snapshots.ts";

/** The only one that did not record its version. */
const firstVersion = "0.1.0";

export interface UpgradeRequest {
  readonly dataFolder: string;
  readonly databaseFile: string;
  /** Of this program. */
  readonly version: string;
  readonly now: number;
  readonly migrations?: readonly Migration[];
  readonly freeBytesOf?: (folder: string) => number;
}

export interface Upgrade {
  readonly fromVersion: string;
  readonly toVersion: string;
  /** Those that were applied now; none where only the program is another one. */
  readonly migrations: readonly string[];
  /** The name of the one to go back to; null where the database did not have to change. */
  readonly snapshot: string | null;
}

/**
 * Null where the same version had worked on the database before, or it is new. The data folder's lock must be held.
 * Throws AppError data_folder_newer, schema_unexpected, database_damaged, snapshot_no_space, migration_failed.
 */
export async function upgradeDataFolder(request: UpgradeRequest): Promise<Upgrade | null> {
  const { dataFolder, databaseFile, version, now, migrations = ownMigrations } = request;
  removeUnfinishedSnapshots(dataFolder);
  const history = await withDatabase(databaseFile, async (db) => {
    const found = await db.run(readHistory, {});
    missingMigrations(found.migrations, migrations);
    await checkSchema(db, found.migrations, migrations);
    return found;
  });
  const isNew = history.migrations.length === 0;
  const isOlder = !isNew && history.migrations.length < migrations.length;
  const snapshot = isOlder ? await snapshotBefore(request, history) : null;
  const applied = await withDatabase(databaseFile, async (db) => {
    const names = await db.run(upgradeSchema, { now, migrations, version, history });
    if (names.length > 0) {
      const all = migrations.map(({ name }) => name);
      await checkSchema(db, all, migrations);
    }
    return names;
  });
  const fromVersion = history.version ?? firstVersion;
  return isNew || (applied.length === 0 && fromVersion === version)
    ? null
    : { fromVersion, toVersion: version, migrations: applied, snapshot };
}

interface SchemaUpgrade extends MigrationArguments {
  readonly version: string;
  /** Of the database before it. */
  readonly history: DatabaseHistory;
}

/** One transaction: a database is never of this version without saying so, and the start that changed it tells what. */
const upgradeSchema = writeCommand("database.upgrade", async (db, args: SchemaUpgrade): Promise<string[]> => {
  const { now, version, history } = args;
  const applied = await migrate.run(db, args);
  if (history.version === null && history.migrations.length > 0) {
    await recordVersion.run(db, { now, version: firstVersion });
  }
  if (history.version !== version) {
    await recordVersion.run(db, { now, version });
  }
  return applied;
});

async function snapshotBefore(request: UpgradeRequest, { migrations, version }: DatabaseHistory): Promise<string> {
  const { dataFolder, databaseFile, now, freeBytesOf = freeBytes } = request;
  const log = `${databaseFile}-wal`;
  const needed = statSync(databaseFile).size + (existsSync(log) ? statSync(log).size : 0) + minFreeBytes;
  const free = freeBytesOf(dataFolder);
  if (free < needed) {
    throw new AppError("snapshot_no_space", {
      folder: dataFolder,
      needed: formatBytes(needed),
      free: formatBytes(free),
    });
  }
  // A snapshot of a damaged database would be none, and a migration might make the damage worse.
  checkDatabase(databaseFile);
  try {
    const note = { createdAt: now, fromVersion: version ?? firstVersion, toVersion: request.version, migrations };
    const name = await takeSnapshot(dataFolder, databaseFile, note);
    removeOldSnapshots(dataFolder, name);
    return name;
  } catch (error) {
    // Half a snapshot takes the room that is missing.
    removeUnfinishedSnapshots(dataFolder);
    throw unwritable(join(dataFolder, "snapshots"), error);
  }
}

async function withDatabase<Result>(file: string, act: (db: Database) => Promise<Result>): Promise<Result> {
  const db = openInlineDatabase(file);
  try {
    return await act(db);
  } finally {
    await db.close();
  }
}
