// What the backup process is asked, and asking it.
import { runInBackground } from "../../../platform/background/background-process.ts";
import type { BackupProgress } from "../../../platform/backup/back-up-data-folder.ts";

export interface BackupJob {
  readonly kind: "backup" | "drill";
  readonly dataFolder: string;
  readonly file: string;
  readonly passphrase: string | null;
  readonly version: string;
  readonly now: number;
}

export interface BackupJobOptions {
  readonly onProgress: (progress: BackupProgress) => void;
  readonly signal: AbortSignal;
}

/** Throws what the job throws, and the signal's reason once it is aborted. */
export type RunBackupJob = (job: BackupJob, options: BackupJobOptions) => Promise<unknown>;

/** `entry` is the program of the backup process. */
export function createBackupJobs(entry: URL): RunBackupJob {
  return (job, { signal, onProgress }) =>
    runInBackground(entry, job, signal, (progress) => onProgress(progress as BackupProgress));
}
