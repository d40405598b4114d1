// `shobar restore`: checks a backup to its last byte, then puts its database in the place of the folder's own.
import { rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { openDataFolder } from "../data-folder.ts";
import { migrations } from "../database/migrations/migrations.ts";
import { because } from "../../contract/reasons.ts";
import { AppError } from "../errors.ts";
import { unwritable } from "../file-problem.ts";
import { addKeys } from "../secrets/key-file.ts";
import { listModelFiles, lockBackups } from "./back-up-data-folder.ts";
import type { BackupManifest } from "./backup-manifest.ts";
import { deriveBackupKey } from "./backup-seal.ts";
import { checkDatabase, replaceDatabase } from "./database-file.ts";
import { freeAsideName } from "./free-aside-name.ts";
import { openBackup } from "./read-backup.ts";
import { syncEveryBytes } from "./write-backup.ts";

export interface RestoreRequest {
  readonly dataFolder: string;
  readonly file: string;
  readonly passphrase: string | null;
  readonly now: number;
}

export interface Restored {
  readonly manifest: BackupManifest;
  /** Where the database that was there before is now; null where there was none. */
  readonly kept: string | null;
  /** Models that were there when the backup was made and are not here. */
  readonly missingModels: readonly string[];
}

/** Throws what openBackup and openDataFolder throw, and AppError backup_newer; the folder's database is untouched then. */
export async function restoreDataFolder({ dataFolder, file, passphrase, now }: RestoreRequest): Promise<Restored> {
  await using backup = await openBackup({ file, passphrase, deriveKey: deriveBackupKey });
  const { manifest } = backup;
  refuseNewer(file, manifest, manifest.migrations);
  const folder = openDataFolder(dataFolder, "command");
  const unpacked = join(dataFolder, "restore-copy.db");
  try {
    using _lock = lockBackups(dataFolder);
    await unpack(unpacked, backup.database, dataFolder);
    refuseNewer(file, manifest, migrationsOf(file, unpacked));
    // Before the database: at every moment the key of the one that is there is there too.
    if (backup.secretsKeys) await addKeys(dataFolder, backup.secretsKeys);
    const kept = freeAsideName(dataFolder, "restore", now, ".db");
    const hadOne = await replaceDatabase(folder.databaseFile, unpacked, kept);
    const here = new Set(listModelFiles(join(dataFolder, "models")).map((model) => model.file));
    return {
      manifest,
      kept: hadOne ? kept : null,
      missingModels: manifest.models.map((model) => model.file).filter((name) => !here.has(name)),
    };
  } finally {
    rmSync(unpacked, { force: true });
    folder.release();
  }
}

export async function unpack(to: string, content: AsyncIterable<Buffer>, dataFolder: string): Promise<void> {
  rmSync(to, { force: true });
  const handle = await open(to, "wx", 0o600);
  try {
    let unsynced = 0;
    for await (const bytes of content) {
      await handle.writeFile(bytes);
      unsynced += bytes.length;
      // A server that writes to the same disk never waits for all of it.
      if (unsynced >= syncEveryBytes) {
        await handle.datasync();
        unsynced = 0;
      }
    }
    await handle.sync();
  } catch (error) {
    throw unwritable(dataFolder, error);
  } finally {
    await handle.close();
  }
}

function migrationsOf(file: string, database: string): readonly string[] {
  try {
    return checkDatabase(database);
  } catch (error) {
    throw new AppError("backup_invalid", { file, ...because("backup_database_damaged") }, { cause: error });
  }
}

/** An older one is brought to this version by the next start. */
function refuseNewer(file: string, { version }: BackupManifest, applied: readonly string[]): void {
  if (applied.some((name, index) => migrations[index]?.name !== name)) {
    throw new AppError("backup_newer", { file, version });
  }
}
