// `shobar backup`: what is in a data folder at one moment, as one file. A server may run on the folder meanwhile.
import { existsSync, readdirSync, rmSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { takeFolderLock } from "../data-folder-lock.ts";
import { AppError } from "../errors.ts";
import { giveToOwner } from "../give-to-owner.ts";
import { readKeyFile } from "../secrets/key-file.ts";
import type { BackupManifest } from "./backup-manifest.ts";
import { deriveBackupKey } from "./backup-seal.ts";
import { checkDatabase, copyDatabase } from "./database-file.ts";
import { hashTables } from "./table-hashes.ts";
import { writeBackup } from "./write-backup.ts";

export interface BackupRequest {
  readonly dataFolder: string;
  readonly file: string;
  readonly passphrase: string | null;
  readonly version: string;
  readonly now: number;
  readonly onProgress?: (progress: BackupProgress) => void;
}

export interface BackupProgress {
  readonly phase: "copying" | "checking" | "writing" | "restoring" | "comparing";
  /** Of this phase, from 0; null where it is not known. */
  readonly percent: number | null;
}

export interface BackedUp {
  readonly manifest: BackupManifest;
  readonly bytes: number;
  /** Whether whoever can read it can read the sealed keys and secrets too. */
  readonly hasSecretsKey: boolean;
}

/** Throws AppError database_missing, database_damaged, backup_running, backup_unwritable or disk_full. */
export async function backUpDataFolder(request: BackupRequest): Promise<BackedUp> {
  const { dataFolder, file, passphrase, version, now, onProgress = () => {} } = request;
  const database = join(dataFolder, "shobar.db");
  if (!existsSync(database)) {
    throw new AppError("database_missing", { folder: dataFolder });
  }
  using _lock = lockBackups(dataFolder);
  // In the data folder, which is for its own user alone, not beside a backup that may go to a foreign disk.
  const databaseFile = join(dataFolder, "backup-copy.db");
  try {
    rmSync(databaseFile, { force: true });
    onProgress({ phase: "copying", percent: null });
    copyDatabase(database, databaseFile);
    onProgress({ phase: "checking", percent: null });
    const manifest: BackupManifest = {
      createdAt: now,
      version,
      migrations: checkDatabase(databaseFile),
      databaseBytes: statSync(databaseFile).size,
      tables: hashTables(databaseFile),
      models: listModelFiles(join(dataFolder, "models")),
    };
    // After the database: what it says was sealed with a key, that key is in the folder.
    const secretsKeys = readKeyFile(dataFolder);
    const onWritten = (bytes: number): void =>
      onProgress({ phase: "writing", percent: Math.min(100, (bytes / manifest.databaseBytes) * 100) });
    const plan = { onWritten, file, databaseFile, manifest, secretsKeys, passphrase, deriveKey: deriveBackupKey };
    return { manifest, bytes: await writeBackup(plan), hasSecretsKey: secretsKeys !== null };
  } finally {
    rmSync(databaseFile, { force: true });
  }
}

/**
 * Copies that a killed backup, trial restore, restore or rollback has left, and what `removeMore` knows of. False where
 * one of them is running: a backup's process outlives its server's death for a moment.
 */
export function removeBackupLeftovers(dataFolder: string, removeMore: () => void = () => {}): boolean {
  const lock = takeFolderLock(join(dataFolder, "backup-lock"));
  if (!lock) {
    return false;
  }
  try {
    for (const name of ["backup-copy.db", "restore-copy.db", "rollback-copy.db"]) {
      rmSync(join(dataFolder, name), { force: true });
      rmSync(join(dataFolder, `${name}-journal`), { force: true });
    }
    rmSync(join(dataFolder, drillFolderName), { recursive: true, force: true });
    removeMore();
    return true;
  } finally {
    lock.release();
  }
}

/** In the data folder; see drillRestore. */
export const drillFolderName = "restore-drill";

/** One backup or restore of a folder at a time. Throws AppError backup_running. */
export function lockBackups(dataFolder: string): Disposable {
  const lock = takeFolderLock(join(dataFolder, "backup-lock"));
  if (!lock) {
    throw new AppError("backup_running", { folder: dataFolder });
  }
  return {
    [Symbol.dispose]() {
      giveToOwner(dataFolder);
      lock.release();
    },
  };
}

export function listModelFiles(folder: string): BackupManifest["models"] {
  if (!existsSync(folder)) {
    return [];
  }
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ file: relative(folder, path), bytes: statSync(path).size }));
}
