// Chats by day: today, yesterday, the last seven days, then by month.

export type Day = "today" | "yesterday" | "week" | { readonly monthOf: number };

const dayMs = 86_400_000;

export function dayOf(timestamp: number, now: number): Day {
  const midnight = new Date(now).setHours(0, 0, 0, 0);
  if (timestamp >= midnight) return "today";
  if (timestamp >= new Date(midnight - dayMs / 2).setHours(0, 0, 0, 0)) return "yesterday";
  if (timestamp >= midnight - 6 * dayMs) return "week";
  const date = new Date(timestamp);
  return { monthOf: new Date(date.getFullYear(), date.getMonth(), 1).getTime() };
}

export interface DayRow<Item> {
  readonly key: string;
  readonly heading: Day | null;
  readonly item: Item | null;
}

/** A flat list of headings and items, for a windowed list. Items come latest first. */
export function rowsByDay<Item extends { id: string; updatedAt: number }>(
  items: readonly Item[],
  now: number,
): DayRow<Item>[] {
  const rows: DayRow<Item>[] = [];
  let last = "";
  for (const item of items) {
    const day = dayOf(item.updatedAt, now);
    const key = typeof day === "string" ? day : `month-${day.monthOf}`;
    if (key !== last) rows.push({ key, heading: day, item: null });
    last = key;
    rows.push({ key: item.id, heading: null, item });
  }
  return rows;
}
