// Passkeys as they are stored: their public halves.
import { type AnyCommand, readCommand, writeCommand } from "../../../platform/database/command.ts";
import type { PasskeyRow, UserRow } from "../../../platform/database/tables.ts";

interface OfPerson {
  readonly organisationId: string;
  readonly userId: string;
}

export const maxPasskeys = 20;

export const listPasskeys = readCommand(
  "passkeys.list",
  (db, { organisationId, userId }: OfPerson): Promise<PasskeyRow[]> =>
    db
      .selectFrom("passkeys")
      .selectAll()
      .where("organisation_id", "=", organisationId)
      .where("owner_id", "=", userId)
      .orderBy("id")
      .execute(),
);

/** Answers false where there is such a credential already, or the person has as many as one may have. */
export const insertPasskey = writeCommand(
  "passkeys.insert",
  async (db, { passkey }: { passkey: PasskeyRow }): Promise<boolean> => {
    const own = await db
      .selectFrom("passkeys")
      .select("id")
      .where("organisation_id", "=", passkey.organisation_id)
      .where("owner_id", "=", passkey.owner_id)
      .execute();
    if (own.length >= maxPasskeys) {
      return false;
    }
    const added = await db
      .insertInto("passkeys")
      .values(passkey)
      .onConflict((conflict) => conflict.column("credential_id").doNothing())
      .executeTakeFirst();
    return added.numInsertedOrUpdatedRows === 1n;
  },
);

export const renamePasskey = writeCommand(
  "passkeys.rename",
  (db, args: OfPerson & { passkeyId: string; name: string }): Promise<PasskeyRow | undefined> =>
    db
      .updateTable("passkeys")
      .set({ name: args.name })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("id", "=", args.passkeyId)
      .returningAll()
      .executeTakeFirst(),
);

/** Answers whether there was one. */
export const deletePasskey = writeCommand(
  "passkeys.delete",
  async (db, args: OfPerson & { passkeyId: string }): Promise<boolean> => {
    const { numDeletedRows } = await db
      .deleteFrom("passkeys")
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("id", "=", args.passkeyId)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  },
);

/** For signing in: nobody is known yet, and a credential is unique in the whole database. With its person, if not disabled. */
export const findPasskey = readCommand(
  "passkeys.find",
  async (
    db,
    { credentialId, host }: { credentialId: string; host: string },
  ): Promise<{ passkey: PasskeyRow; user: UserRow } | undefined> => {
    const passkey = await db
      .selectFrom("passkeys")
      .selectAll()
      .where("credential_id", "=", credentialId)
      .where("host", "=", host)
      .executeTakeFirst();
    const user =
      passkey &&
      (await db
        .selectFrom("users")
        .selectAll()
        .where("organisation_id", "=", passkey.organisation_id)
        .where("id", "=", passkey.owner_id)
        .where("disabled_at", "is", null)
        .executeTakeFirst());
    return user && { passkey, user };
  },
);

/** Answers false where it was used or removed meanwhile. */
export const usePasskey = writeCommand(
  "passkeys.use",
  async (
    db,
    args: OfPerson & { passkeyId: string; oldCounter: number; newCounter: number; now: number },
  ): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable("passkeys")
      .set({ counter: args.newCounter, last_used_at: args.now })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("id", "=", args.passkeyId)
      .where("counter", "=", args.oldCounter)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  },
);

export const passkeyCommands: AnyCommand[] = [
  listPasskeys,
  insertPasskey,
  renamePasskey,
  deletePasskey,
  findPasskey,
  usePasskey,
];
