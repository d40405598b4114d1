// What is kept about backups, in the settings of the organisation.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { Logger } from "../../../platform/logger.ts";
import { readSetting, writeSetting } from "../../settings/server/settings.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import type { BackupSchedule } from "../contract.ts";
import { type BackupRecord, passphraseSetting, recordSetting, scheduleSetting } from "./backup-settings.ts";

export interface BackupMemory {
  read(): Promise<Remembered>;
  /** On a disk that is too full to store it, it is kept here until the next one. */
  saveRecord(organisationId: string, record: BackupRecord): Promise<void>;
}

export interface Remembered {
  readonly organisationId: string;
  readonly schedule: BackupSchedule;
  /** The sealed passphrase. */
  readonly sealed: string | null;
  readonly record: BackupRecord;
}

export interface BackupMemoryParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn">;
}

export function createBackupMemory({ db, clock, logger }: BackupMemoryParts): BackupMemory {
  let unsaved: BackupRecord | null = null;
  return {
    async read() {
      const organisationId = await ensureOrganisation({ db, clock });
      const schedule = await readSetting(db, organisationId, scheduleSetting);
      const sealed = await readSetting(db, organisationId, passphraseSetting);
      const record = unsaved ?? (await readSetting(db, organisationId, recordSetting));
      return { organisationId, schedule, sealed, record };
    },
    async saveRecord(organisationId, record) {
      try {
        unsaved = record;
        await writeSetting({ db, clock }, organisationId, recordSetting, record);
        unsaved = null;
      } catch (error) {
        logger.warn({ event: "backup-record-not-written", err: error });
      }
    },
  };
}
