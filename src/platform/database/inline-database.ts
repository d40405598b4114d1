// The database in this thread: for tests, for the command line, for migrations. The server uses worker threads.
import type { Database } from "./command.ts";
import { type CommandOutcome, runRead, runWrites } from "./run-commands.ts";
import { openSqliteConnection } from "./sqlite-connection.ts";

export function openInlineDatabase(file: string): Database {
  const connection = openSqliteConnection({ file });
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
