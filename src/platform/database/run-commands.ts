// Runs commands on one SQLite connection: many writes share one commit, each inside its own savepoint, so that a
// command that fails takes nothing else with it and nothing of itself stays.
import { AppError } from "../errors.ts";
import { isDiskFull } from "../file-problem.ts";
import type { AnyCommand } from "./command.ts";
import type { SqliteConnection } from "./sqlite-connection.ts";

export interface CommandCall {
  readonly command: AnyCommand;
  readonly args: unknown;
}

export type CommandOutcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** All outcomes are durable when this returns; if the commit fails, every command of the batch has failed. */
export async function runWrites(
  connection: SqliteConnection,
  calls: readonly CommandCall[],
): Promise<CommandOutcome[]> {
  try {
    connection.exec("BEGIN IMMEDIATE");
  } catch (error) {
    return calls.map(() => ({ ok: false, error: asAppError(error) }));
  }
  const outcomes: CommandOutcome[] = [];
  try {
    for (const call of calls) {
      outcomes.push(await runInSavepoint(connection, call));
    }
    connection.exec("COMMIT");
    return outcomes;
  } catch (error) {
    rollBack(connection, "ROLLBACK");
    return calls.map(() => ({ ok: false, error: asAppError(error) }));
  }
}

export async function runRead(connection: SqliteConnection, call: CommandCall): Promise<CommandOutcome> {
  connection.exec("BEGIN");
  try {
    return { ok: true, value: await call.command.run(connection.db, call.args) };
  } catch (error) {
    return { ok: false, error: asAppError(error) };
  } finally {
    rollBack(connection, "ROLLBACK");
  }
}

async function runInSavepoint(connection: SqliteConnection, { command, args }: CommandCall): Promise<CommandOutcome> {
  connection.exec("SAVEPOINT command");
  try {
    const value = await command.run(connection.db, args);
    connection.exec("RELEASE command");
    return { ok: true, value };
  } catch (error) {
    try {
      connection.exec("ROLLBACK TO command; RELEASE command");
    } catch {
      // SQLite has undone the whole transaction by itself (a full disk): then the batch has failed, for the first reason.
      throw error;
    }
    return { ok: false, error: asAppError(error) };
  }
}

/** SQLite has already rolled back by itself after some errors (a full disk among them). */
function rollBack(connection: SqliteConnection, statement: string): void {
  try {
    connection.exec(statement);
  } catch {
    // No transaction is open any more, which is what was wanted.
  }
}

const sqliteBusy = 5;

function asAppError(error: unknown): unknown {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  if (isDiskFull(error)) {
    return new AppError("disk_full", {}, { cause: error });
  }
  if (code === sqliteBusy) {
    return new AppError("database_busy", {}, { cause: error });
  }
  return error;
}
