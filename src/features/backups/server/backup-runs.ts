// Runs of backups, one at a time. What a run came to is remembered and logged.
import { type BackupProgress, removeBackupLeftovers } from "../../../platform/backup/back-up-data-folder.ts";
import type { Clock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import type { Secrets } from "../../../platform/secrets/secrets.ts";
import { backupFolderOf, serverMarkOf } from "./backup-files.ts";
import type { RunBackupJob } from "./backup-job.ts";
import type { BackupMemory } from "./backup-memory.ts";
import { type BackupRecord, passphrasePurpose, problemIn } from "./backup-settings.ts";
import { makeBackup } from "./make-backup.ts";

export interface BackupRunsParts {
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly logger: Pick<Logger, "info" | "warn" | "error">;
  readonly dataFolder: string;
  readonly version: string;
  readonly runJob: RunBackupJob;
  readonly freeBytesOf?: (folder: string) => number;
}

export interface BackupRuns {
  /** Null where none runs. */
  running(): { readonly progress: BackupProgress | null } | null;
  /** Throws at once: backup_running, as two at a time would only get in each other's way; backup_cut_off once stopped. */
  begin(
    isAskedFor: boolean,
    onProgress?: (progress: BackupProgress) => void,
  ): { readonly ended: Promise<BackupRecord> };
  isStopped(): boolean;
  /** Cuts off what runs. */
  stop(): Promise<void>;
}

interface Running {
  progress: BackupProgress | null;
  readonly ended: Promise<BackupRecord>;
}

export function createBackupRuns(parts: BackupRunsParts, memory: BackupMemory): BackupRuns {
  const { dataFolder, logger } = parts;
  const stopping = new AbortController();
  let running: Running | null = null;

  async function run(isAskedFor: boolean, onProgress: (progress: BackupProgress) => void): Promise<BackupRecord> {
    const { organisationId, schedule, sealed, record } = await memory.read();
    const begun = { ...record, lastAttemptAt: parts.clock() };
    await memory.saveRecord(organisationId, begun);
    const ended = await makeBackup(
      {
        ...parts,
        folder: backupFolderOf(dataFolder, schedule),
        mark: serverMarkOf(organisationId),
        schedule,
        openPassphrase: () => (sealed === null ? null : parts.secrets.open(sealed, passphrasePurpose)),
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
    ).catch(async (error: unknown) => {
      // Somebody else's backup held the folder: this one is due as it was before.
      await memory.saveRecord(organisationId, record);
      throw error;
    });
    // One that a stop cut off is none: it is due again at the next start.
    await memory.saveRecord(organisationId, stopping.signal.aborted ? record : ended);
    if (!stopping.signal.aborted) {
      report(logger, ended);
    }
    return ended;
  }

  return {
    running: () => running,
    begin(isAskedFor, onProgress = () => {}) {
      stopping.signal.throwIfAborted();
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
    },
    isStopped: () => stopping.signal.aborted,
    async stop() {
      stopping.abort(new AppError("backup_cut_off"));
      await running?.ended.catch(() => {});
      try {
        removeBackupLeftovers(dataFolder);
      } catch (error) {
        // The next start tries again; what else has to stop does not wait for a disk that is gone.
        logger.warn({ event: "backup-leftovers-kept", err: error });
      }
    },
  };
}

function report(logger: BackupRunsParts["logger"], record: BackupRecord): void {
  const problem = problemIn(record);
  if (problem) {
    logger.error({ event: "backup-failed", of: problem.of, code: problem.code, reason: problem.message });
  } else {
    const { bytes, ms } = record.lastBackup ?? {};
    logger.info({ event: "backup-made", bytes, ms, provenMs: record.lastDrill?.ms });
  }
}
