// What is known of backups where no server runs: for `doctor`, which changes nothing.
import { join } from "node:path";
import type { Database } from "../../../platform/database/command.ts";
import { readSetting } from "../../settings/server/settings.ts";
import { findServersOrganisation } from "../../users/server/organisation.ts";
import type { BackupsState } from "../contract.ts";
import { lookAtFolder } from "./backup-files.ts";
import { recordSetting, scheduleSetting } from "./backup-settings.ts";

/** Null where no server has run yet. Throws where the database is not one that this version reads. */
export async function lookAtBackups(
  db: Database,
  dataFolder: string,
): Promise<Pick<BackupsState, "schedule" | "isSameDisk" | "lastBackup" | "lastDrill" | "problem"> | null> {
  const organisation = await findServersOrganisation(db);
  if (!organisation) {
    return null;
  }
  const schedule = await readSetting(db, organisation.id, scheduleSetting);
  const { lastBackup, lastDrill, backupProblem, drillProblem } = await readSetting(db, organisation.id, recordSetting);
  const { isSameDisk } = lookAtFolder(schedule.folder ?? join(dataFolder, "backups"), dataFolder);
  return { schedule, isSameDisk, lastBackup, lastDrill, problem: backupProblem ?? drillProblem };
}
