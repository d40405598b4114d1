// Whether there is a backup that is young, and proven by restoring it.
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
