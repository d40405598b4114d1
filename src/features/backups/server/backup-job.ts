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

/** `entry` is the program of the backup process; `lendCore` gives it a core for as long as it runs. */
export function createBackupJobs(entry: URL, lendCore: () => Disposable | null): RunBackupJob {
  return async (job, { signal, onProgress }) => {
    using _core = lendCore();
    return await runInBackground(entry, job, signal, (progress) => onProgress(progress as BackupProgress));
  };
}
