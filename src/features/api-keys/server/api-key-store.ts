// API keys as they are stored: the hash of the secret and its first characters, never the secret.
import { type AnyCommand, readCommand, writeCommand } from "../../../platform/database/command.ts";
import type { ApiKeyRow, UserRow } from "../../../platform/database/tables.ts";

export interface Owner {
  readonly organisationId: string;
  readonly userId: string;
}

export const insertApiKey = writeCommand("apiKeys.insert", async (db, { key }: { key: ApiKeyRow }): Promise<void> => {
  await db.insertInto("api_keys").values(key).execute();
});

/** Newest first, those before `beforeId`; revoked ones are left out. */
export const listApiKeys = readCommand(
  "apiKeys.list",
  (db, args: Owner & { beforeId: string | null; limit: number }): Promise<ApiKeyRow[]> =>
    db
      .selectFrom("api_keys")
      .selectAll()
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("revoked_at", "is", null)
      .$if(args.beforeId !== null, (query) => query.where("id", "<", args.beforeId ?? ""))
      .orderBy("id", "desc")
      .limit(args.limit)
      .execute(),
);

/** Answers whether there was such a key that still worked. */
export const revokeApiKey = writeCommand(
  "apiKeys.revoke",
  async (db, args: Owner & { keyId: string; now: number }): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable("api_keys")
      .set({ revoked_at: args.now })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("id", "=", args.keyId)
      .where("revoked_at", "is", null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  },
);

export interface ApiKeyWithUser {
  readonly key_id: string;
  readonly last_used_at: number | null;
  readonly organisation_id: string;
  readonly owner_id: string;
  readonly role: UserRow["role"];
}

/** The secret is what says whose key it is. Nothing is found once it is revoked or its person is disabled. */
export const findApiKey = readCommand(
  "apiKeys.find",
  (db, args: { secretHash: string }): Promise<ApiKeyWithUser | undefined> =>
    db
      .selectFrom("api_keys")
      .innerJoin("users", "users.id", "api_keys.owner_id")
      .select([
        "api_keys.id as key_id",
        "api_keys.last_used_at",
        "users.organisation_id",
        "api_keys.owner_id",
        "users.role",
      ])
      .where("api_keys.secret_hash", "=", args.secretHash)
      .where("api_keys.revoked_at", "is", null)
      .where("users.disabled_at", "is", null)
      .executeTakeFirst(),
);

export const touchApiKey = writeCommand(
  "apiKeys.touch",
  async (db, args: Owner & { keyId: string; now: number }): Promise<void> => {
    await db
      .updateTable("api_keys")
      .set({ last_used_at: args.now })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("id", "=", args.keyId)
      .execute();
  },
);

export const apiKeyCommands: AnyCommand[] = [insertApiKey, listApiKeys, revokeApiKey, findApiKey, touchApiKey];
