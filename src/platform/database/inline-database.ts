// The database in this thread: for tests, for the command line, for migrations. The server uses worker threads.
import { existsSync } from "node:fs";
import type { Database } from "./command.ts";
import { type CommandOutcome, runRead, runWrites } from "./run-commands.ts";
import { openSqliteConnection, type SqliteConnection } from "./sqlite-connection.ts";

export function openInlineDatabase(file: string): Database {
  return onConnection(openSqliteConnection({ file }));
}

/**
 * To look at a database that no process has open, without a trace: no file beside it is made or removed, so that one may be
 * root. Null where that cannot be done: the log of a killed process is there, and what reads it is not.
 */
export function openDatabaseToLook(file: string): Database | null {
  const hasLog = existsSync(`${file}-wal`);
  if (hasLog && !existsSync(`${file}-shm`)) {
    return null;
  }
  return onConnection(openSqliteConnection({ file, readOnly: true, isUntouched: !hasLog }));
}

function onConnection(connection: SqliteConnection): Database {
  let last: Promise<unknown> = Promise.resolve();
  return {
    async run(command, args) {
      const turn = last.then(async (): Promise<CommandOutcome | undefined> =>
        command.mode === "write"
          ? (await runWrites(connection, [{ command, args }]))[0]
          : runRead(connection, { command, args }),
      );
      last = turn;
      const outcome = await turn;
      if (!outcome?.ok) {
        throw outcome?.error;
      }
      // The command's own type: its result came through untouched.
      return outcome.value as Awaited<ReturnType<typeof command.run>>;
    },
    async close() {
      await last;
      connection.close();
    },
  };
}
