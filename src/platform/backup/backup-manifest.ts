// What a backup says of itself; it stands before the database, sealed like it.
import * as z from "zod/mini";
import { TableHash } from "./table-hashes.ts";

export const BackupManifest = z.object({
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  /** Of the program that made it. */
  version: z.string(),
  /** The migrations that the database has seen, oldest first. */
  migrations: z.array(z.string()),
  databaseBytes: z.number(),
  /** What is in the database, to compare a restored one with; backups of the first days have none. */
  tables: z.optional(z.array(TableHash)),
  /** Files of the models folder, which are not in the backup. */
  models: z.array(z.object({ file: z.string(), bytes: z.number() })),
});

export type BackupManifest = z.infer<typeof BackupManifest>;

export const maxManifestBytes = 16_000_000;
