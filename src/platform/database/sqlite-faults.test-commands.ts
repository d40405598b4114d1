// Commands for the database's own tests, shared with the processes that those kill.
import { readCommand, writeCommand } from "./command.ts";

export const insertOrganisation = writeCommand(
  "test.insert",
  async (db, { id, name = id }: { id: string; name?: string }) => {
    await db.insertInto("organisations").values({ id, name, created_at: 1 }).execute();
  },
);

export const countOrganisations = readCommand("test.count", async (db, _args: Record<string, never>) => {
  const rows = await db.selectFrom("organisations").select("id").execute();
  return rows.length;
});
