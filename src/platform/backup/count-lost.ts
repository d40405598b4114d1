// What a return to an older database would lose: the rows that only the newer one has.
import { existsSync } from "node:fs";
import { withDatabase } from "./database-file.ts";

export type LostRows = Readonly<Record<(typeof counted)[number], number>>;

/** What people would miss. All have had an `id` since the first version. */
const counted = ["messages", "chats", "users", "api_keys"] as const;

/** Null where the newer one is not there or cannot be read. */
export function countLost(newer: string, older: string): LostRows | null {
  if (!existsSync(newer)) {
    return null;
  }
  try {
    return withDatabase(newer, true, (database) => {
      database.prepare("ATTACH DATABASE ? AS older").run(older);
      const count = (table: string): number => {
        const sql = `SELECT count(*) AS count FROM main.${table} WHERE id NOT IN (SELECT id FROM older.${table})`;
        return (database.prepare(sql).get() as { count: number }).count;
      };
      return Object.fromEntries(counted.map((table) => [table, count(table)])) as LostRows;
    });
  } catch {
    return null;
  }
}
