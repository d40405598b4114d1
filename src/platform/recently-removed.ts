// What was just removed and may be brought back, in memory alone: on the disk it is gone at once, and so is its secret.
import type { Clock } from "./clock.ts";

/** Longer than a person needs to see a mistake, also when the page was left for a moment. */
const keepMs = 10 * 60_000;

export interface RecentlyRemoved<Row> {
  keep(id: string, row: Row): void;
  /** Undefined where nothing of that id was removed, or too long ago. */
  find(id: string): Row | undefined;
}

export function createRecentlyRemoved<Row>(clock: Clock): RecentlyRemoved<Row> {
  const removed = new Map<string, { readonly row: Row; readonly until: number }>();
  const forgetOld = (): void => {
    for (const [id, { until }] of removed) if (until <= clock()) removed.delete(id);
  };
  return {
    keep(id, row) {
      removed.set(id, { row, until: clock() + keepMs });
      setTimeout(forgetOld, keepMs + 1).unref();
    },
    find(id) {
      forgetOld();
      return removed.get(id)?.row;
    },
  };
}
