// Backups that the server makes by itself: one at a time, at their hours or when somebody asks, each tried out by
// restoring it aside. What failed is told in the log, in the settings, and to `doctor`.
import { isAbsolute, join } from "node:path";
import { type BackupProgress, removeBackupLeftovers } from "../../../platform/backup/back-up-data-folder.ts";
import type { Database } from "../../../platform/database/command.ts";
import { because } from "../../../contract/reasons.ts";
import { AppError } from "../../../platform/errors.ts";
import { createInTurn } from "../../../platform/in-turn.ts";
import type { Logger } from "../../../platform/logger.ts";
import { writeSetting } from "../../settings/server/settings.ts";
import type { BackupFile, BackupsChange, BackupSchedule, BackupsState } from "../contract.ts";
import { nextBackupAt } from "./backup-due.ts";
import {
  backupFolderOf,
  defaultBackupFolder,
  listBackupFiles,
  lookAtFolder,
  prepareBackupFolder,
  removeUnfinishedBackups,
  serverMarkOf,
} from "./backup-files.ts";
import { createBackupMemory, type Remembered } from "./backup-memory.ts";
import { type BackupRunsParts, createBackupRuns } from "./backup-runs.ts";
import {
  type BackupRecord,
  passphrasePurpose,
  passphraseSetting,
  problemIn,
  scheduleSetting,
} from "./backup-settings.ts";

export interface BackupsParts extends BackupRunsParts {
  readonly db: Database;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
}

export interface Backups {
  read(): Promise<BackupsState>;
  /** Throws backup_folder_unusable or invalid_request; nothing is changed then. */
  change(change: BackupsChange): Promise<BackupsState>;
  /** Answers when it has begun; the state tells how far it is. Throws backup_running. */
  start(): Promise<BackupsState>;
  /** Answers when it has ended. Throws backup_running, and what the backup or its trial failed with. */
  makeNow(onProgress?: (progress: BackupProgress) => void): Promise<BackupsState>;
  /** For upkeep: makes one if it is time. Answers how many were made. */
  makeIfDue(): Promise<number>;
  /** The path of an encrypted one. Throws backup_file_not_found or backup_not_for_download. */
  fileToDownload(name: string): Promise<{ path: string; file: BackupFile }>;
  /** Cuts off what runs; it is made again at the next start. */
  stop(): Promise<void>;
}

export function createBackups(parts: BackupsParts): Backups {
  const { clock, logger, dataFolder } = parts;
  const memory = createBackupMemory(parts);
  const inTurn = createInTurn();
  const runs = createBackupRuns(parts, memory);
  const read = async (): Promise<BackupsState> => describeBackups(parts, await memory.read(), runs.running()?.progress);
  /** Once: later there may be a `shobar backup` that is just about to begin. */
  let isTidy = false;

  return {
    read,
    // One after the other: each sets some of what the one before has left.
    change: (change) =>
      inTurn(async () => {
        await changeBackups(parts, await memory.read(), change);
        return read();
      }),
    async start() {
      runs.begin(true).ended.catch((error: unknown) => logger.error({ event: "backup-failed", err: error }));
      return read();
    },
    async makeNow(onProgress) {
      const problem = problemIn(await runs.begin(true, onProgress).ended);
      if (problem) {
        throw new AppError(problem.code as "backup_unwritable", problem.details);
      }
      return read();
    },
    async makeIfDue() {
      const { organisationId, schedule, record } = await memory.read();
      if (record.since === null) {
        await memory.saveRecord(organisationId, { ...record, since: clock() });
      }
      if (!isTidy && !runs.running()) {
        const folder = backupFolderOf(dataFolder, schedule);
        isTidy = removeBackupLeftovers(dataFolder, () => removeUnfinishedBackups(folder, serverMarkOf(organisationId)));
      }
      const due = nextBackupAt(schedule, timesOf(record, clock()), clock());
      if (due === null || due > clock() || runs.running() || runs.isStopped()) {
        return 0;
      }
      return runs.begin(false).ended.then(() => 1, laterIfRunning);
    },
    fileToDownload: async (name) => findDownload(dataFolder, await memory.read(), name),
    stop: runs.stop,
  };
}

/** `progress`: of the run that there is; undefined where there is none. */
async function describeBackups(
  { clock, dataFolder }: BackupsParts,
  { organisationId, schedule, sealed, record }: Remembered,
  progress: BackupProgress | null | undefined,
): Promise<BackupsState> {
  const folder = backupFolderOf(dataFolder, schedule);
  const next = nextBackupAt(schedule, timesOf(record, clock()), clock());
  return {
    schedule,
    hasPassphrase: sealed !== null,
    folder,
    defaultFolder: defaultBackupFolder(dataFolder),
    ...lookAtFolder(folder, dataFolder),
    timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
    running: progress === undefined ? null : (progress ?? { phase: "starting", percent: null }),
    lastBackup: record.lastBackup,
    lastDrill: record.lastDrill,
    problem: problemIn(record),
    // One that is due now is made within the minute.
    nextAt: next === null ? null : Math.max(next, clock()),
    files: await listBackupFiles(folder, serverMarkOf(organisationId)),
  };
}

async function changeBackups(
  parts: BackupsParts,
  { organisationId, schedule }: Remembered,
  { schedule: wanted, passphrase }: BackupsChange,
): Promise<void> {
  const next = { ...schedule, ...withoutGaps(wanted) };
  if (next.folder !== null && !isAbsolute(next.folder)) {
    throw new AppError("backup_folder_unusable", { folder: next.folder, ...because("path_not_whole") });
  }
  if (next.folder !== null && next.folder !== schedule.folder) {
    prepareBackupFolder(next.folder);
  }
  if (passphrase !== undefined) {
    const sealed = passphrase === null ? null : parts.secrets.seal(passphrase, passphrasePurpose);
    await writeSetting(parts, organisationId, passphraseSetting, sealed);
  }
  await writeSetting(parts, organisationId, scheduleSetting, next);
}

async function findDownload(dataFolder: string, { organisationId, schedule }: Remembered, name: string) {
  const folder = backupFolderOf(dataFolder, schedule);
  const files = await listBackupFiles(folder, serverMarkOf(organisationId), Number.POSITIVE_INFINITY);
  const file = files.find((each) => each.name === name);
  if (!file) {
    throw new AppError("backup_file_not_found");
  }
  if (!file.isEncrypted) {
    throw new AppError("backup_not_for_download");
  }
  return { path: join(folder, file.name), file };
}

/** A `shobar backup` holds the folder: that is no failure, the next minute tries again. */
function laterIfRunning(error: unknown): number {
  if (error instanceof AppError && error.code === "backup_running") {
    return 0;
  }
  throw error;
}

function timesOf({ since, lastBackup, lastAttemptAt }: BackupRecord, now: number) {
  return { since: since ?? now, lastBackupAt: lastBackup?.at ?? null, lastAttemptAt };
}

function withoutGaps(wanted: BackupsChange["schedule"]): Partial<BackupSchedule> {
  return Object.fromEntries(Object.entries(wanted ?? {}).filter(([, value]) => value !== undefined));
}
