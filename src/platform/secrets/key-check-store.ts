import { type AnyCommand, readCommand, writeCommand } from "../database/command.ts";

/** One key for a data folder; a row of its own would come with a second one. */
const id = "data-folder";

/** Undefined while nothing was ever sealed here. */
export const findKeyCheck = readCommand(
  "secretKeys.findCheck",
  async (db, _args: Record<string, never>): Promise<string | undefined> => {
    const row = await db.selectFrom("secret_keys").select("key_check").where("id", "=", id).executeTakeFirst();
    return row?.key_check;
  },
);

/** The first one stays. */
export const saveKeyCheck = writeCommand(
  "secretKeys.saveCheck",
  async (db, args: { keyCheck: string; now: number }): Promise<void> => {
    await db
      .insertInto("secret_keys")
      .values({ id, key_check: args.keyCheck, created_at: args.now })
      .onConflict((conflict) => conflict.column("id").doNothing())
      .execute();
  },
);

export const keyCheckCommands: AnyCommand[] = [findKeyCheck, saveKeyCheck];
