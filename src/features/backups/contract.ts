// Backups that the server makes by itself: when, where, how many, and whether they can be restored.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Timestamp } from "../../contract/id.ts";

export const minPassphraseCharacters = 12;
export const maxKept = 366;

const Kept = z.number().check(z.int(), z.minimum(0), z.maximum(maxKept));

export const BackupSchedule = z.object({
  every: z.enum(["off", "day", "hours"]),
  /** Of the day, in the server's own time zone; for `day`. */
  hour: z.number().check(z.int(), z.minimum(0), z.maximum(23)),
  /** For `hours`. */
  hours: z.number().check(z.int(), z.minimum(1), z.maximum(24)),
  /** Absolute; null: `backups` in the data folder. */
  folder: z.nullable(z.string().check(z.trim(), z.minLength(1), z.maxLength(1000))),
  /** The newest of each of the last so many days, weeks and months that have one. */
  daily: Kept,
  weekly: Kept,
  monthly: Kept,
  /** How often the newest backup is restored as a trial. */
  drill: z.enum(["each", "week"]),
});
export type BackupSchedule = z.infer<typeof BackupSchedule>;

export const BackupFile = z.object({
  name: z.string(),
  bytes: z.number(),
  madeAt: Timestamp,
  isEncrypted: z.boolean(),
});
export type BackupFile = z.infer<typeof BackupFile>;

export const BackupPhase = z.enum(["starting", "copying", "checking", "writing", "restoring", "comparing"]);

export const BackupProblem = z.object({
  /** What failed: no backup was made, or the one that was made could not be restored. */
  of: z.enum(["backup", "drill"]),
  at: Timestamp,
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.union([z.string(), z.number()])),
});
export type BackupProblem = z.infer<typeof BackupProblem>;

export const BackupsState = z.object({
  schedule: BackupSchedule,
  hasPassphrase: z.boolean(),
  /** Where the backups are kept now. */
  folder: z.string(),
  /** Where they are kept while no other folder is chosen. */
  defaultFolder: z.string(),
  /** The same disk as the data: no help when that disk is lost. Null where the folder cannot be read. */
  isSameDisk: z.nullable(z.boolean()),
  freeBytes: z.nullable(z.number()),
  /** The server's, as `Asia/Dhaka`: hours and days are counted in it. */
  timeZone: z.string(),
  running: z.nullable(z.object({ phase: BackupPhase, percent: z.nullable(z.number()) })),
  lastBackup: z.nullable(z.object({ at: Timestamp, name: z.string(), bytes: z.number(), ms: z.number() })),
  lastDrill: z.nullable(z.object({ at: Timestamp, name: z.string(), ms: z.number() })),
  problem: z.nullable(BackupProblem),
  nextAt: z.nullable(Timestamp),
  /** Newest first, at most 100. */
  files: z.array(BackupFile),
});
export type BackupsState = z.infer<typeof BackupsState>;

export const getBackups = endpoint({
  method: "GET",
  path: "/api/backups",
  summary: "How backups are made, the last ones, and whether they can be restored",
  access: "admin",
  response: BackupsState,
});

export const BackupsChange = z.object({
  schedule: z.optional(z.partial(BackupSchedule)),
  /** null: no longer encrypted. It is never shown again. */
  passphrase: z.optional(z.nullable(z.string().check(z.minLength(minPassphraseCharacters), z.maxLength(1000)))),
});
export type BackupsChange = z.infer<typeof BackupsChange>;

export const changeBackups = endpoint({
  method: "PATCH",
  path: "/api/backups",
  summary: "Change when, where and how backups are made",
  access: "admin",
  body: BackupsChange,
  response: BackupsState,
});

export const startBackup = endpoint({
  method: "POST",
  path: "/api/backups",
  summary: "Make a backup now and restore it as a trial; the state tells how far it is",
  access: "admin",
  response: BackupsState,
  status: 202,
});

export const downloadBackup = endpoint({
  method: "GET",
  path: "/api/backups/:backupName",
  summary: "Download an encrypted backup",
  access: "owner",
  resource: "backup",
  params: z.object({ backupName: z.string().check(z.maxLength(100)) }),
});
