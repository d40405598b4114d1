import { type AnyCommand, readCommand, writeCommand } from "../../../platform/database/command.ts";

/** Of this server, which nobody knows before signing in; undefined before the first start. */
export const findOrganisation = readCommand(
  "organisations.find",
  (db, _args: Record<string, never>): Promise<{ id: string; name: string } | undefined> =>
    db.selectFrom("organisations").select(["id", "name"]).orderBy("created_at").executeTakeFirst(),
);

export const findOrganisationName = readCommand(
  "organisations.findName",
  async (db, { organisationId }: { organisationId: string }): Promise<string> => {
    const row = await db.selectFrom("organisations").select("name").where("id", "=", organisationId).executeTakeFirst();
    return row?.name ?? "";
  },
);

export const saveOrganisationName = writeCommand(
  "organisations.rename",
  async (db, { organisationId, name }: { organisationId: string; name: string }): Promise<void> => {
    await db.updateTable("organisations").set({ name }).where("id", "=", organisationId).execute();
  },
);

export const organisationCommands: AnyCommand[] = [findOrganisation, findOrganisationName, saveOrganisationName];
