// What is kept about backups: what an admin chose, the sealed passphrase, and what the last runs came to.
import * as z from "zod/mini";
import type { Setting } from "../../settings/server/settings.ts";
import { BackupProblem, BackupSchedule } from "../contract.ts";

/** A home for a team keeps backups without being asked. */
export const scheduleSetting: Setting<BackupSchedule> = {
  name: "backups.schedule",
  schema: BackupSchedule,
  initial: { every: "day", hour: 2, hours: 6, folder: null, daily: 7, weekly: 4, monthly: 6, drill: "each" },
};

/** Sealed for `passphrasePurpose`. */
export const passphraseSetting: Setting<string | null> = {
  name: "backups.passphrase",
  schema: z.nullable(z.string()),
  initial: null,
};
export const passphrasePurpose = "backup-passphrase";

const BackupRecord = z.object({
  since: z.nullable(z.number()),
  lastAttemptAt: z.nullable(z.number()),
  lastBackup: z.nullable(z.object({ at: z.number(), name: z.string(), bytes: z.number(), ms: z.number() })),
  lastDrill: z.nullable(z.object({ at: z.number(), name: z.string(), ms: z.number() })),
  backupProblem: z.nullable(BackupProblem),
  drillProblem: z.nullable(BackupProblem),
});
export type BackupRecord = z.infer<typeof BackupRecord>;

/** Null where all is well. */
export function problemIn({ backupProblem, drillProblem }: BackupRecord): BackupProblem | null {
  return backupProblem ?? drillProblem;
}

export const recordSetting: Setting<BackupRecord> = {
  name: "backups.record",
  schema: BackupRecord,
  initial: {
    since: null,
    lastAttemptAt: null,
    lastBackup: null,
    lastDrill: null,
    backupProblem: null,
    drillProblem: null,
  },
};
