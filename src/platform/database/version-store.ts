// Which migrations and versions a database has seen, asked before anything is changed: its tables may be older ones.
import { sql } from "kysely";
import { type AnyCommand, readCommand, writeCommand } from "./command.ts";

export interface DatabaseHistory {
  /** Names of the recorded migrations, oldest first. */
  readonly migrations: string[];
  /** The version that worked on it last; null where that was not recorded. */
  readonly version: string | null;
}

export const readHistory = readCommand(
  "database.history",
  async (db, _args: Record<string, never>): Promise<DatabaseHistory> => {
    const { rows } = await sql<{ name: string }>`
      SELECT name FROM sqlite_schema WHERE name IN ('schema_migrations', 'versions')`.execute(db);
    const has = (table: string): boolean => rows.some(({ name }) => name === table);
    const applied = has("schema_migrations")
      ? await db.selectFrom("schema_migrations").select("name").orderBy("name").execute()
      : [];
    const latest = has("versions")
      ? await db.selectFrom("versions").select("version").orderBy("started_at", "desc").executeTakeFirst()
      : undefined;
    return { migrations: applied.map(({ name }) => name), version: latest?.version ?? null };
  },
);

/** Newest first. */
export const readVersions = readCommand(
  "database.versions",
  async (db, _args: Record<string, never>): Promise<{ version: string; startedAt: number }[]> => {
    const rows = await db.selectFrom("versions").selectAll().orderBy("started_at", "desc").execute();
    return rows.map(({ version, started_at: startedAt }) => ({ version, startedAt }));
  },
);

export const recordVersion = writeCommand(
  "database.record-version",
  async (db, { version, now }: { version: string; now: number }): Promise<void> => {
    const { last } = await db
      .selectFrom("versions")
      .select(({ fn }) => fn.max("started_at").as("last"))
      .executeTakeFirstOrThrow();
    // Later than every other one, also after the clock was set back: the latest is the one that counts.
    const startedAt = Math.max(now, (last ?? 0) + 1);
    await db
      .insertInto("versions")
      .values({ version, started_at: startedAt })
      .onConflict((conflict) => conflict.column("version").doUpdateSet({ started_at: startedAt }))
      .execute();
  },
);

export const versionCommands: AnyCommand[] = [readVersions];
