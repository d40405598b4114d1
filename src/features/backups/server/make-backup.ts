// One run: room, the backup, what may go, and the trial restore. What it came to is in the record it answers.
import { rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import type { BackupProgress } from "../../../platform/backup/back-up-data-folder.ts";
import type { Clock } from "../../../platform/clock.ts";
import { freeBytes } from "../../../platform/data-folder.ts";
import { AppError } from "../../../platform/errors.ts";
import { formatBytes } from "../../../platform/format-bytes.ts";
import type { BackupProblem, BackupSchedule } from "../contract.ts";
import { backupNameOf, listBackupFiles, prepareBackupFolder, removeUnfinishedBackups } from "./backup-files.ts";
import type { RunBackupJob } from "./backup-job.ts";
import { chooseExpired } from "./backup-retention.ts";
import type { BackupRecord } from "./backup-settings.ts";

/** Stays free whatever backups need, for what people write. */
const spareBytes = 256_000_000;

const askAgainMs = 1000;

const weekMs = 7 * 24 * 60 * 60 * 1000;

export interface BackupRun {
  readonly dataFolder: string;
  readonly folder: string;
  /** This server's mark in names. */
  readonly mark: string;
  readonly schedule: BackupSchedule;
  /** Null: not encrypted. Throws secret_unreadable. */
  readonly openPassphrase: () => string | null;
  readonly version: string;
  readonly clock: Clock;
  readonly runJob: RunBackupJob;
  readonly onProgress: (progress: BackupProgress) => void;
  readonly signal: AbortSignal;
  /** Told of what is a bug rather than a known failure. */
  readonly onUnexpected: (error: unknown) => void;
  readonly freeBytesOf?: (folder: string) => number;
}

export async function makeBackup(run: BackupRun, before: BackupRecord, isAskedFor: boolean): Promise<BackupRecord> {
  const at = run.clock();
  try {
    const passphrase = run.openPassphrase();
    const name = await writeOne(run, passphrase, before.lastDrill?.name, at);
    const bytes = statSync(join(run.folder, name)).size;
    const lastBackup = { at, name, bytes, ms: Math.max(0, run.clock() - at) };
    const record = { ...before, lastAttemptAt: at, lastBackup, backupProblem: null };
    return await proveAndTidy(run, passphrase, record, isAskedFor || isDrillDue(run, before, at));
  } catch (error) {
    throwIfNotMine(error);
    return { ...before, lastAttemptAt: at, backupProblem: problemOf(run, "backup", error) };
  }
}

async function writeOne(
  run: BackupRun,
  passphrase: string | null,
  proven: string | undefined,
  now: number,
): Promise<string> {
  const { dataFolder, folder, mark, version } = run;
  prepareBackupFolder(folder);
  removeUnfinishedBackups(folder, mark);
  await makeRoom(run, proven);
  const name = backupNameOf(mark, now);
  const job = { kind: "backup", dataFolder, file: join(folder, name), passphrase, version, now } as const;
  await run.runJob(job, run);
  return name;
}

async function proveAndTidy(
  run: BackupRun,
  passphrase: string | null,
  record: BackupRecord,
  withDrill: boolean,
): Promise<BackupRecord> {
  const name = record.lastBackup?.name ?? "";
  const proven = withDrill ? await prove(run, passphrase, record, name) : record;
  // Older ones go only once the new one is known to be good.
  if (proven.drillProblem === null) {
    const files = await listBackupFiles(run.folder, run.mark, Number.POSITIVE_INFINITY);
    for (const expired of chooseExpired(files, run.schedule, run.clock())) {
      rmSync(join(run.folder, expired.name), { force: true });
    }
  }
  return proven;
}

async function prove(
  run: BackupRun,
  passphrase: string | null,
  record: BackupRecord,
  name: string,
): Promise<BackupRecord> {
  const { dataFolder, folder, version, clock } = run;
  const at = clock();
  try {
    const job = { kind: "drill", dataFolder, file: join(folder, name), passphrase, version, now: at } as const;
    await untilFree(run, () => run.runJob(job, run));
    return { ...record, lastDrill: { at, name, ms: Math.max(0, clock() - at) }, drillProblem: null };
  } catch (error) {
    return { ...record, drillProblem: problemOf(run, "drill", error) };
  }
}

/** A `shobar backup` that began in between is waited for: the trial would say nothing of this backup. */
async function untilFree({ signal }: BackupRun, work: () => Promise<unknown>): Promise<void> {
  while (true) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isRunning(error)) {
        throw error;
      }
      await setTimeout(askAgainMs, undefined, { signal });
    }
  }
}

function isDrillDue({ schedule }: BackupRun, { lastDrill, drillProblem }: BackupRecord, now: number): boolean {
  const age = lastDrill === null ? Number.POSITIVE_INFINITY : now - lastDrill.at;
  return schedule.drill === "each" || drillProblem !== null || age >= weekMs || age < 0;
}

/**
 * For the working copy and the file. In the data folder itself the oldest backups make way, so that backups can never
 * take the room that people's words need; a folder that somebody chose is theirs, and nothing goes from it before its time.
 * The newest and the last proven one stay.
 */
async function makeRoom(
  { dataFolder, folder, mark, schedule, freeBytesOf = freeBytes }: BackupRun,
  proven: string | undefined,
): Promise<void> {
  const databaseBytes = statSync(join(dataFolder, "shobar.db")).size;
  const isOneDisk = statSync(folder).dev === statSync(dataFolder).dev;
  if (schedule.folder === null) {
    const files = await listBackupFiles(folder, mark, Number.POSITIVE_INFINITY);
    const [, ...older] = files;
    const oldestFirst = older.filter(({ name }) => name !== proven).toReversed();
    while (freeBytesOf(folder) < 2 * databaseBytes + spareBytes && oldestFirst.length > 0) {
      rmSync(join(folder, oldestFirst.shift()?.name ?? ""), { force: true });
    }
  }
  requireRoom(dataFolder, (isOneDisk ? 2 : 1) * databaseBytes + spareBytes, freeBytesOf);
  if (!isOneDisk) {
    requireRoom(folder, databaseBytes + spareBytes, freeBytesOf);
  }
}

function requireRoom(folder: string, needed: number, freeBytesOf: (folder: string) => number): void {
  const free = freeBytesOf(folder);
  if (free < needed) {
    throw new AppError("backup_no_space", { folder, free: formatBytes(free), needed: formatBytes(needed) });
  }
}

/** Another backup holds the folder for a moment: that is no failure, the run is tried again. */
function throwIfNotMine(error: unknown): void {
  if (isRunning(error)) {
    throw error;
  }
}

function isRunning(error: unknown): boolean {
  return error instanceof AppError && error.code === "backup_running";
}

function problemOf(run: BackupRun, of: BackupProblem["of"], error: unknown): BackupProblem {
  if (!(error instanceof AppError)) {
    run.onUnexpected(error);
  }
  const known = error instanceof AppError ? error : new AppError("internal_error", {}, { cause: error });
  return { of, at: run.clock(), code: known.code, message: known.message, details: { ...known.details } };
}
