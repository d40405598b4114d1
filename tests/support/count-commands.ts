import type { Database } from "../../src/platform/database/command.ts";

/** The same database; `calls` names the commands that reach it. */
export function countCommands(inner: Database): { readonly db: Database; readonly calls: string[] } {
  const calls: string[] = [];
  const db: Database = {
    run: (command, args) => (calls.push(command.name), inner.run(command, args)),
    close: () => inner.close(),
  };
  return { db, calls };
}
