// Proves that a backup can be restored: unpacks it into a folder of its own, checks every page and every row against what
// it says of itself, brings it to this version and lets the caller read something back. The running database is not touched.
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { freeBytes, minFreeBytes } from "../data-folder.ts";
import type { Database } from "../database/command.ts";
import { openInlineDatabase } from "../database/inline-database.ts";
import { migrate } from "../database/migrate.ts";
import { AppError, type ErrorDetails } from "../errors.ts";
import { formatBytes } from "../format-bytes.ts";
import { writeKeyFile } from "../secrets/key-file.ts";
import { openSecrets } from "../secrets/open-secrets.ts";
import { type BackupProgress, drillFolderName, lockBackups } from "./back-up-data-folder.ts";
import { deriveBackupKey } from "./backup-seal.ts";
import { checkDatabase } from "./database-file.ts";
import { openBackup } from "./read-backup.ts";
import { unpack } from "./restore-data-folder.ts";
import { hashTables } from "./table-hashes.ts";

export interface DrillRequest {
  readonly dataFolder: string;
  readonly file: string;
  readonly passphrase: string | null;
  readonly now: number;
  /** Throws where something that must be in it cannot be read. */
  readonly readBack: (db: Database) => Promise<void>;
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** Throws AppError backup_not_proven with what was wrong, backup_running, backup_no_space or disk_full. */
export async function drillRestore(request: DrillRequest): Promise<void> {
  const { dataFolder, file } = request;
  using _lock = lockBackups(dataFolder);
  const folder = join(dataFolder, drillFolderName);
  try {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { mode: 0o700 });
    await restoreInto(folder, request);
  } catch (error) {
    // For want of room nothing is known of the backup.
    if (error instanceof AppError && (error.code === "backup_no_space" || error.code === "disk_full")) {
      throw error;
    }
    const problem = error instanceof Error ? error.message.replace(/\.$/, "") : String(error);
    throw new AppError("backup_not_proven", { ...causeOf(error), file, problem }, { cause: error });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** So that a reader of another language is told it too. */
function causeOf(error: unknown): ErrorDetails {
  if (!(error instanceof AppError)) return {};
  const { problem } = error.details;
  return { ...error.details, causeCode: error.code, ...(problem === undefined ? {} : { causeProblem: problem }) };
}

async function restoreInto(folder: string, request: DrillRequest): Promise<void> {
  const { file, passphrase, now, readBack, onProgress = () => {} } = request;
  await using backup = await openBackup({ file, passphrase, deriveKey: deriveBackupKey });
  const { manifest, secretsKeys } = backup;
  requireSpace(folder, manifest.databaseBytes);
  const databaseFile = join(folder, "shobar.db");
  onProgress({ phase: "restoring", percent: null });
  await unpack(databaseFile, backup.database, folder);
  if (secretsKeys) {
    await writeKeyFile(folder, secretsKeys);
  }
  onProgress({ phase: "comparing", percent: null });
  checkDatabase(databaseFile);
  const found = manifest.tables && hashTables(databaseFile, manifest.tables);
  const wrong = manifest.tables?.find(({ hash, rows }, at) => found?.[at]?.hash !== hash || found[at].rows !== rows);
  if (wrong) {
    throw new Error(`the table ${wrong.table} is not the one that was backed up`);
  }
  const db = openInlineDatabase(databaseFile);
  try {
    await db.run(migrate, { now });
    await openSecrets({ dataFolder: folder, db, clock: () => now });
    await readBack(db);
  } finally {
    await db.close();
  }
}

function requireSpace(folder: string, databaseBytes: number): void {
  const [free, needed] = [freeBytes(folder), databaseBytes + minFreeBytes];
  if (free < needed) {
    throw new AppError("backup_no_space", { folder, free: formatBytes(free), needed: formatBytes(needed) });
  }
}
