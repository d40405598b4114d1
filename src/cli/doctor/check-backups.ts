// Whether there is a backup that is young, and proven by restoring it; as the server says, or without one the data folder.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { lookAtBackups } from "../../features/backups/server/look-at-backups.ts";
import { openDatabaseToLook } from "../../platform/database/inline-database.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

/** The part of the server's own account of its backups that is looked at. */
export interface BackupsLook {
  readonly schedule: { readonly every: "off" | "day" | "hours" };
  readonly isSameDisk: boolean | null;
  readonly lastBackup: { readonly at: number } | null;
  readonly lastDrill: { readonly at: number } | null;
  readonly problem: { readonly message: string } | null;
}

const name = "Backups";
const hourMs = 3_600_000;
const oldBackupMs = 50 * hourMs;
const oldDrillMs = 9 * 24 * hourMs;

/** Where no server runs: by what it left in the data folder, without a trace. */
export async function checkBackupsAside(dataFolder: string, now: number): Promise<Finding> {
  const file = join(dataFolder, "shobar.db");
  if (!existsSync(file)) {
    return ok(name, "none yet; the server makes one every night once it runs");
  }
  try {
    const look = await lookAside(file, dataFolder);
    if (look) {
      const finding = checkBackups(look, now);
      return { ...finding, found: `${finding.found} (no server runs; the data folder says so)` };
    }
  } catch {
    // A database of another version, a damaged one, or one that this user may not read.
  }
  return warn(
    name,
    "cannot be told while no server runs",
    "Start the server, then ask again: shobar doctor. The backups themselves are files: shobar restore FILE",
  );
}

async function lookAside(file: string, dataFolder: string): Promise<BackupsLook | null> {
  const db = openDatabaseToLook(file);
  try {
    return db && (await lookAtBackups(db, dataFolder));
  } finally {
    await db?.close();
  }
}

export function checkBackups(look: BackupsLook, now: number): Finding {
  const { schedule, lastBackup, lastDrill, problem, isSameDisk } = look;
  if (problem) {
    return fail(name, problem.message, "Correct that, then make one at once: shobar backups now");
  }
  if (!lastBackup) {
    return schedule.every === "off"
      ? warn(name, "none are made", "Let the server make them: shobar backups schedule --every day")
      : warn(name, "none yet; the schedule is on", "Make the first one now: shobar backups now");
  }
  const found = `last one ${ago(lastBackup.at, now)}, last proven by a restore ${lastDrill ? ago(lastDrill.at, now) : "never"}`;
  if (now - lastBackup.at > oldBackupMs) {
    return warn(name, found, "Make one now: shobar backups now. Then see why the schedule did not.");
  }
  if (!lastDrill || now - lastDrill.at > oldDrillMs) {
    return warn(name, found, "Prove one by restoring it aside: shobar backups now");
  }
  return isSameDisk === true
    ? warn(
        name,
        `${found}; on the same disk as the data`,
        "Keep them on another disk: shobar backups schedule --folder FOLDER",
      )
    : ok(name, found);
}

function ago(time: number, now: number): string {
  const hours = Math.round((now - time) / hourMs);
  return hours < 48 ? `${hours} hours ago` : `${Math.round(hours / 24)} days ago`;
}
