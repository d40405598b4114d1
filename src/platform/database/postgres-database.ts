// The database on Postgres: a command is the same whole transaction as on SQLite and sees the database as if it ran
// alone. Postgres finds out afterwards that two commands got in each other's way and undoes one, which then runs again.
import { type Dialect, Kysely, sql } from "kysely";
import { AppError } from "../errors.ts";
import type { Command, Database } from "./command.ts";
import type { Tables } from "./tables.ts";

const maxAttempts = 10;

/** Takes the dialect, so that the driver (pg, PGlite) is chosen outside; bigint columns must be read as numbers. */
export function openPostgresDatabase(dialect: Dialect): Database {
  const db = new Kysely<Tables>({ dialect });
  return {
    async run(command, args) {
      for (let attempt = 1; ; attempt++) {
        try {
          return await runAlone(db, command, args);
        } catch (error) {
          if (!isConflict(error)) {
            throw asAppError(error);
          }
          if (attempt === maxAttempts) {
            throw new AppError("database_busy", {}, { cause: error });
          }
        }
      }
    },
    close: () => db.destroy(),
  };
}

function runAlone<Arguments, Result>(
  db: Kysely<Tables>,
  command: Command<Arguments, Result>,
  args: Arguments,
): Promise<Result> {
  return db.transaction().execute(async (transaction) => {
    const mode = command.mode === "write" ? "SERIALIZABLE" : "REPEATABLE READ READ ONLY";
    await sql.raw(`SET TRANSACTION ISOLATION LEVEL ${mode}`).execute(transaction);
    return command.run(transaction, args);
  });
}

// SQLSTATE codes, from the PostgreSQL manual's appendix A.
const conflicts: readonly unknown[] = ["40001", "40P01"];
const diskFull = "53100";

function isConflict(error: unknown): boolean {
  return conflicts.includes(sqlState(error));
}

function asAppError(error: unknown): unknown {
  return sqlState(error) === diskFull ? new AppError("disk_full", {}, { cause: error }) : error;
}

function sqlState(error: unknown): unknown {
  return error instanceof AppError ? undefined : (error as { code?: unknown } | null)?.code;
}
