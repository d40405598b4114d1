// Backups that the server makes by itself: one at a time, at their hours or when somebody asks, each tried out by
// restoring it aside. What failed is told in the log, in the settings, and to `doctor`.
import { isAbsolute, join } from "node:path";
import { type BackupProgress, removeBackupLeftovers } from "../../../platform/backup/back-up-data-folder.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import type { Secrets } from "../../../platform/secrets/secrets.ts";
import { readSetting, writeSetting } from "../../settings/server/settings.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import type { BackupFile, BackupsChange, BackupSchedule, BackupsState } from "../contract.ts";
import { nextBackupAt } from "./backup-due.ts";
import { listBackupFiles, lookAtFolder, prepareBackupFolder, serverMarkOf } from "./backup-files.ts";
import type { RunBackupJob } from "./backup-job.ts";
import {
  type BackupRecord,
  passphrasePurpose,
  passphraseSetting,
  recordSetting,
  scheduleSetting,
} from "./backup-settings.ts";
import { makeBackup } from "./make-backup.ts";

export interface BackupsParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  readonly dataFolder: string;
  readonly version: string;
  readonly runJob: RunBackupJob;
  readonly freeBytesOf?: (folder: string) => number;
}

/** For `doctor` and whoever watches the server. */
export interface BackupFacts {
  readonly isScheduled: boolean;
  readonly lastBackupAt: number | null;
  readonly lastDrillAt: number | null;
  /** A sentence; null where all is well. */
  readonly problem: string | null;
}

export interface Backups {
  read(): Promise<BackupsState>;
  facts(): Promise<BackupFacts>;
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

interface Running {
  progress: BackupProgress | null;
  readonly ended: Promise<BackupRecord>;
}

export function createBackups(parts: BackupsParts): Backups {
  const { db, clock, logger, secrets, dataFolder } = parts;
  const stopping = new AbortController();
  let running: Running | null = null;
  /** Newer than the stored one where the disk was too full to store it. */
  let unsaved: BackupRecord | null = null;

  /** Once: later there may be a `shobar backup` that is just about to begin. */
  let isTidy = false;

  const organisation = (): Promise<string> => ensureOrganisation({ db, clock });
  const defaultFolder = join(dataFolder, "backups");
  const folderOf = (schedule: BackupSchedule): string => schedule.folder ?? defaultFolder;

  async function readAll() {
    const organisationId = await organisation();
    const schedule = await readSetting(db, organisationId, scheduleSetting);
    const sealed = await readSetting(db, organisationId, passphraseSetting);
    const record = unsaved ?? (await readSetting(db, organisationId, recordSetting));
    return { organisationId, schedule, sealed, record };
  }

  async function saveRecord(organisationId: string, record: BackupRecord): Promise<void> {
    try {
      unsaved = record;
      await writeSetting(parts, organisationId, recordSetting, record);
      unsaved = null;
    } catch (error) {
      logger.warn({ event: "backup-record-not-written", err: error });
    }
  }

  async function run(isAskedFor: boolean, onProgress: (progress: BackupProgress) => void): Promise<BackupRecord> {
    const { organisationId, schedule, sealed, record } = await readAll();
    const begun = { ...record, lastAttemptAt: clock() };
    await saveRecord(organisationId, begun);
    const ended = await makeBackup(
      {
        ...parts,
        folder: folderOf(schedule),
        mark: serverMarkOf(organisationId),
        schedule,
        passphrase: sealed === null ? null : secrets.open(sealed, passphrasePurpose),
        onProgress,
        signal: stopping.signal,
        onUnexpected: (error) => {
          if (!stopping.signal.aborted) {
            logger.error({ event: "backup-failed", err: error });
          }
        },
      },
      begun,
      isAskedFor,
    );
    // One that a stop cut off is none: it is due again at the next start.
    await saveRecord(organisationId, stopping.signal.aborted ? record : ended);
    if (!stopping.signal.aborted) {
      report(ended);
    }
    return ended;
  }

  function report({ backupProblem, drillProblem, lastBackup, lastDrill }: BackupRecord): void {
    const problem = backupProblem ?? drillProblem;
    if (problem) {
      logger.error({ event: "backup-failed", of: problem.of, code: problem.code, reason: problem.message });
    } else {
      const { bytes, ms } = lastBackup ?? {};
      logger.info({ event: "backup-made", bytes, ms, provenMs: lastDrill?.ms });
    }
  }

  /** Throws backup_running at once; two at a time would only get in each other's way. */
  function begin(isAskedFor: boolean, onProgress: (progress: BackupProgress) => void = () => {}): Running {
    if (running) {
      throw new AppError("backup_running", { folder: dataFolder });
    }
    const follow = (progress: BackupProgress): void => {
      mine.progress = progress;
      onProgress(progress);
    };
    // It begins in a later turn, when `mine` is there to be told how far it is.
    const ended = Promise.resolve()
      .then(() => run(isAskedFor, follow))
      .finally(() => (running = null));
    const mine: Running = { progress: null, ended };
    running = mine;
    return mine;
  }

  async function read(): Promise<BackupsState> {
    const { organisationId, schedule, sealed, record } = await readAll();
    const folder = folderOf(schedule);
    const { lastBackup, lastDrill, backupProblem, drillProblem } = record;
    const next = nextBackupAt(schedule, timesOf(record, clock()), clock());
    return {
      schedule,
      hasPassphrase: sealed !== null,
      folder,
      defaultFolder,
      ...lookAtFolder(folder, dataFolder),
      timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
      running: running && (running.progress ?? { phase: "starting", percent: null }),
      lastBackup,
      lastDrill,
      problem: backupProblem ?? drillProblem,
      // One that is due now is made within the minute.
      nextAt: next === null ? null : Math.max(next, clock()),
      files: await listBackupFiles(folder, serverMarkOf(organisationId)),
    };
  }

  return {
    read,
    async facts() {
      const { schedule, record } = await readAll();
      return {
        isScheduled: schedule.every !== "off",
        lastBackupAt: record.lastBackup?.at ?? null,
        lastDrillAt: record.lastDrill?.at ?? null,
        problem: (record.backupProblem ?? record.drillProblem)?.message ?? null,
      };
    },
    async change({ schedule: wanted, passphrase }) {
      const { organisationId, schedule } = await readAll();
      const next = { ...schedule, ...withoutGaps(wanted) };
      if (next.folder !== null && !isAbsolute(next.folder)) {
        throw new AppError("backup_folder_unusable", { folder: next.folder, problem: "it must be a whole path" });
      }
      if (next.folder !== null && next.folder !== schedule.folder) {
        prepareBackupFolder(next.folder);
      }
      if (passphrase !== undefined) {
        const sealed = passphrase === null ? null : secrets.seal(passphrase, passphrasePurpose);
        await writeSetting(parts, organisationId, passphraseSetting, sealed);
      }
      await writeSetting(parts, organisationId, scheduleSetting, next);
      return read();
    },
    async start() {
      begin(true).ended.catch((error: unknown) => logger.error({ event: "backup-failed", err: error }));
      return read();
    },
    async makeNow(onProgress) {
      const { backupProblem, drillProblem } = await begin(true, onProgress).ended;
      const problem = backupProblem ?? drillProblem;
      if (problem) {
        throw new AppError(problem.code as "backup_unwritable", problem.details);
      }
      return read();
    },
    async makeIfDue() {
      const { organisationId, schedule, record } = await readAll();
      if (record.since === null) {
        await saveRecord(organisationId, { ...record, since: clock() });
      }
      if (!isTidy && !running) {
        isTidy = true;
        removeBackupLeftovers(dataFolder);
      }
      const due = nextBackupAt(schedule, timesOf(record, clock()), clock());
      if (due === null || due > clock() || running || stopping.signal.aborted) {
        return 0;
      }
      await begin(false).ended;
      return 1;
    },
    async fileToDownload(name) {
      const { organisationId, schedule } = await readAll();
      const files = await listBackupFiles(folderOf(schedule), serverMarkOf(organisationId), Number.POSITIVE_INFINITY);
      const file = files.find((each) => each.name === name);
      if (!file) {
        throw new AppError("backup_file_not_found");
      }
      if (!file.isEncrypted) {
        throw new AppError("backup_not_for_download");
      }
      return { path: join(folderOf(schedule), file.name), file };
    },
    async stop() {
      stopping.abort(new AppError("backup_cut_off"));
      await running?.ended.catch(() => {});
      removeBackupLeftovers(dataFolder);
    },
  };
}

function timesOf({ since, lastBackup, lastAttemptAt }: BackupRecord, now: number) {
  return { since: since ?? now, lastBackupAt: lastBackup?.at ?? null, lastAttemptAt };
}

function withoutGaps(wanted: BackupsChange["schedule"]): Partial<BackupSchedule> {
  return Object.fromEntries(Object.entries(wanted ?? {}).filter(([, value]) => value !== undefined));
}
