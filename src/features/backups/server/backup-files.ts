// The files in the backup folder. Ours are known by their name, which holds the server's own mark, and by what is in
// them; every other file there is somebody else's and is never touched.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freeBytes } from "../../../platform/data-folder.ts";
import { because } from "../../../contract/reasons.ts";
import { AppError } from "../../../platform/errors.ts";
import { fileProblem } from "../../../platform/file-problem.ts";
import { readBackupKind } from "../../../platform/backup/read-backup.ts";
import type { BackupFile, BackupSchedule } from "../contract.ts";

const maxListed = 100;
const trialPrefix = ".shobar-trial-";

export function defaultBackupFolder(dataFolder: string): string {
  return join(dataFolder, "backups");
}

export function backupFolderOf(dataFolder: string, { folder }: Pick<BackupSchedule, "folder">): string {
  return folder ?? defaultBackupFolder(dataFolder);
}

/** Of several servers that keep their backups in one folder, each sees its own. */
export function serverMarkOf(organisationId: string): string {
  return organisationId.slice(-8);
}

/** `shobar-5fd0fb34-2026-11-24T02-00-00Z.shobar`. */
export function backupNameOf(mark: string, now: number): string {
  return `shobar-${mark}-${new Date(now).toISOString().slice(0, 19).replaceAll(":", "-")}Z.shobar`;
}

/** Null where it is no name of this server's backups. */
export function madeAtOf(mark: string, name: string): number | null {
  const match = /^shobar-([0-9a-f]{8})-(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)-(\d\d)Z\.shobar$/.exec(name);
  if (match?.[1] !== mark) {
    return null;
  }
  const madeAt = Date.parse(`${match[2]}T${match[3]}:${match[4]}:${match[5]}Z`);
  return Number.isNaN(madeAt) ? null : madeAt;
}

/** Newest first. An unreadable folder has none. */
export async function listBackupFiles(folder: string, mark: string, limit = maxListed): Promise<BackupFile[]> {
  const named = namesIn(folder)
    .flatMap((name) => {
      const madeAt = madeAtOf(mark, name);
      return madeAt === null ? [] : { name, madeAt };
    })
    .toSorted((one, other) => other.madeAt - one.madeAt)
    .slice(0, limit);
  const files = await Promise.all(named.map((each) => describeFile(folder, each)));
  return files.filter((file) => file !== null);
}

async function describeFile(
  folder: string,
  { name, madeAt }: { name: string; madeAt: number },
): Promise<BackupFile | null> {
  try {
    const file = join(folder, name);
    const kind = await readBackupKind(file);
    return kind === null ? null : { name, madeAt, bytes: statSync(file).size, isEncrypted: kind === "encrypted" };
  } catch {
    return null;
  }
}

/** What runs that were cut off left behind. */
export function removeUnfinishedBackups(folder: string, mark: string): void {
  for (const name of namesIn(folder)) {
    const isHalf = name.endsWith(".partial") && madeAtOf(mark, name.slice(0, -".partial".length)) !== null;
    if (isHalf || (name.startsWith(trialPrefix) && /^\d+$/.test(name.slice(trialPrefix.length)))) {
      rmSync(join(folder, name), { force: true });
    }
  }
}

/** Only the last part of the path is made: a wrong path is more likely a disk that is not there. Throws backup_folder_unusable. */
export function prepareBackupFolder(folder: string): void {
  const trial = join(folder, `${trialPrefix}${process.pid}`);
  try {
    if (!existsSync(folder)) {
      mkdirSync(folder, { mode: 0o700 });
    }
    rmSync(trial, { force: true });
    writeFileSync(trial, "", { flag: "wx", mode: 0o600 });
    rmSync(trial, { force: true });
  } catch (error) {
    // A service sees every other folder as read-only, homes not at all.
    const isClosed = ["EROFS", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "");
    const reason = isClosed
      ? because("backup_folder_closed", { it: "sudo shobar service install --backup-folder FOLDER" })
      : fileProblem(error, { ENOENT: "folder_above_missing" });
    throw new AppError("backup_folder_unusable", { folder, ...reason }, { cause: error });
  }
}

export interface FolderFacts {
  readonly isSameDisk: boolean | null;
  readonly freeBytes: number | null;
}

export function lookAtFolder(folder: string, dataFolder: string): FolderFacts {
  try {
    return { isSameDisk: statSync(folder).dev === statSync(dataFolder).dev, freeBytes: freeBytes(folder) };
  } catch {
    return { isSameDisk: null, freeBytes: null };
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
