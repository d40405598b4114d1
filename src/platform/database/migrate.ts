// Brings a database to this version's schema, each migration whole or not at all. Refuses a database that a newer
// version has written, and one whose history is not ours.
import type { Kysely } from "kysely";
import { AppError } from "../errors.ts";
import { type Command, writeCommand } from "./command.ts";
import { migrations } from "./migrations/migrations.ts";

export interface Migration {
  /** `0001-first`; never renamed once released. */
  readonly name: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a migration sees the tables of its own time, not today's
  readonly up: (db: Kysely<any>) => Promise<void>;
}

export interface MigrationArguments {
  readonly now: number;
  readonly migrations?: readonly Migration[];
}

/** Answers the names of the migrations that were applied now. */
export const migrate: Command<MigrationArguments, string[]> = writeCommand(
  "database.migrate",
  async (db, { now, migrations: wanted = migrations }) => {
    await db.schema
      .createTable("schema_migrations")
      .ifNotExists()
      .addColumn("name", "text", (column) => column.primaryKey())
      .addColumn("applied_at", "bigint", (column) => column.notNull())
      .execute();
    const rows = await db.selectFrom("schema_migrations").select("name").orderBy("name").execute();
    const missing = missingMigrations(
      rows.map((row) => row.name),
      wanted,
    );
    for (const migration of missing) {
      try {
        await migration.up(db);
      } catch (error) {
        const problem = error instanceof Error ? error.message : String(error);
        throw new AppError("migration_failed", { migration: migration.name, problem }, { cause: error });
      }
      await db.insertInto("schema_migrations").values({ name: migration.name, applied_at: now }).execute();
    }
    return missing.map((migration) => migration.name);
  },
);

/** Throws AppError data_folder_newer. */
export function missingMigrations(applied: readonly string[], wanted: readonly Migration[]): readonly Migration[] {
  const foreign = applied.find((name, index) => wanted[index]?.name !== name);
  if (foreign !== undefined) {
    throw new AppError("data_folder_newer", { migration: foreign });
  }
  return wanted.slice(applied.length);
}
