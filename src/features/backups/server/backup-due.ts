// When the next backup is due. Days and hours are those of the server's own time zone, so that a summer time makes one
// backup a day, neither none nor two.
import type { BackupSchedule } from "../contract.ts";

const hourMs = 60 * 60 * 1000;

/** After one that failed, or that a stopped server cut off. */
const retryMs = hourMs;

/** More than that in the future was written before the clock was set back, and counts as unknown. */
const clockSlackMs = hourMs;

export interface BackupTimes {
  /** When backups were first thought of here: a new server waits for its first night. */
  readonly since: number;
  readonly lastBackupAt: number | null;
  /** Of a backup that was begun, whatever came of it. */
  readonly lastAttemptAt: number | null;
}

/** Null where none will come. In the past or now: it is due. */
export function nextBackupAt(schedule: BackupSchedule, times: BackupTimes, now: number): number | null {
  if (schedule.every === "off") {
    return null;
  }
  const last = believable(times.lastBackupAt, now) ?? believable(times.since, now) ?? 0;
  const wanted = schedule.every === "hours" ? last + schedule.hours * hourMs : firstAtHourAfter(last, schedule.hour);
  const attempt = believable(times.lastAttemptAt, now);
  const isUnfinished = attempt !== null && attempt > (believable(times.lastBackupAt, now) ?? 0);
  return isUnfinished ? Math.max(wanted, attempt + retryMs) : wanted;
}

function believable(time: number | null, now: number): number | null {
  return time === null || time > now + clockSlackMs ? null : time;
}

/** An hour that summer time leaves out becomes the next one; of one that comes twice it is the first. */
function firstAtHourAfter(time: number, hour: number): number {
  const day = new Date(time);
  for (let days = 0; ; days++) {
    const at = new Date(day.getFullYear(), day.getMonth(), day.getDate() + days, hour).getTime();
    if (at > time) {
      return at;
    }
  }
}
