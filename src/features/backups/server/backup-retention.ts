// Which backups may go. A pure choice: nothing is deleted here.

export interface KeptBackup {
  readonly name: string;
  readonly madeAt: number;
}

export interface Retention {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/**
 * Keeps the newest of each of the last so many days, weeks and months that have one, the newest of all, and all of the
 * last 24 hours. What claims to be from a later day than tomorrow was made under a wrong clock: it takes nobody's place
 * and stays. Days are those of the server's time zone, weeks begin on Monday.
 */
export function chooseExpired<Backup extends KeptBackup>(
  backups: readonly Backup[],
  retention: Retention,
  now: number,
): Backup[] {
  const counted = backups
    .filter(({ madeAt }) => madeAt <= now + dayMs)
    .toSorted((one, other) => other.madeAt - one.madeAt);
  const kept = new Set([
    ...counted.slice(0, 1),
    ...counted.filter(({ madeAt }) => madeAt > now - dayMs),
    ...newestOfEach(counted, retention.daily, dayOf),
    ...newestOfEach(counted, retention.weekly, weekOf),
    ...newestOfEach(counted, retention.monthly, monthOf),
  ]);
  return counted.filter((backup) => !kept.has(backup));
}

function newestOfEach<Backup extends KeptBackup>(
  newestFirst: readonly Backup[],
  count: number,
  periodOf: (date: Date) => string,
): Backup[] {
  const newest = new Map<string, Backup>();
  for (const backup of newestFirst) {
    const period = periodOf(new Date(backup.madeAt));
    if (!newest.has(period)) {
      newest.set(period, backup);
    }
  }
  return [...newest.values()].slice(0, count);
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${date.getMonth()}-${date.getDate()}`;
}

function weekOf(date: Date): string {
  const sinceMonday = (date.getDay() + 6) % 7;
  return dayOf(new Date(date.getFullYear(), date.getMonth(), date.getDate() - sinceMonday));
}

function monthOf(date: Date): string {
  return `${date.getFullYear()}-${date.getMonth()}`;
}
