import { type AnyCommand, readCommand, writeCommand } from "../../../platform/database/command.ts";

/** The value as JSON; undefined where nobody has set it. */
export const findSetting = readCommand(
  "settings.find",
  async (db, args: { organisationId: string; name: string }): Promise<string | undefined> => {
    const row = await db
      .selectFrom("settings")
      .select("value")
      .where("organisation_id", "=", args.organisationId)
      .where("name", "=", args.name)
      .executeTakeFirst();
    return row?.value;
  },
);

export const saveSetting = writeCommand(
  "settings.save",
  async (db, args: { organisationId: string; name: string; value: string; now: number }): Promise<void> => {
    const { organisationId, name, value, now } = args;
    await db
      .insertInto("settings")
      .values({ organisation_id: organisationId, name, value, updated_at: now })
      .onConflict((conflict) => conflict.columns(["organisation_id", "name"]).doUpdateSet({ value, updated_at: now }))
      .execute();
  },
);

export const settingCommands: AnyCommand[] = [findSetting, saveSetting];
