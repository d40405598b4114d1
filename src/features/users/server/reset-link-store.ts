// Reset links as they are stored: by the hash of their token, one for each person at most.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { ResetLinkRow, UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { hashSecretToken } from "../../../platform/secret-token.ts";
import { type Actor, currentRole, requireManaged } from "./people-store.ts";
import { mayManage } from "./roles.ts";
import { endSessionsOf } from "./session-store.ts";

/** Replaces an earlier one. Throws user_not_found, not_allowed, own_account, user_disabled. */
export const insertResetLink = writeCommand(
  "resetLinks.insert",
  async (
    db,
    args: { actor: Actor; userId: string; link: Pick<ResetLinkRow, "id" | "token_hash" | "created_at" | "expires_at"> },
  ): Promise<UserRow> => {
    const { actor, userId, link } = args;
    const { row } = await requireManaged(db, args);
    if (row.removed_at !== null) {
      throw new AppError("user_not_found");
    }
    if (row.disabled_at !== null) {
      throw new AppError("user_disabled");
    }
    // Whoever sits at a browser that was left open must not get around the current password.
    if (actor.userId === userId) {
      throw new AppError("own_account");
    }
    await db.deleteFrom("reset_links").where("owner_id", "=", userId).execute();
    await db
      .insertInto("reset_links")
      .values({
        ...link,
        organisation_id: row.organisation_id,
        owner_id: userId,
        made_by: actor.userId,
        password_mark: hashSecretToken(row.password_hash),
      })
      .execute();
    return row;
  },
);

export interface OpenResetLink {
  readonly link: ResetLinkRow;
  readonly user: UserRow;
}

/** The token is what says whose link it is. Throws reset_link_invalid. */
export const findResetLink = readCommand(
  "resetLinks.find",
  (db, args: { tokenHash: string; now: number }): Promise<OpenResetLink> => requireOpen(db, args),
);

/** Spends the link and ends every session of the person. Throws reset_link_invalid. */
export const applyResetLink = writeCommand(
  "resetLinks.apply",
  async (
    db,
    args: { tokenHash: string; newHash: string; now: number },
  ): Promise<{ user: UserRow; endedSessions: string[] }> => {
    const { link, user } = await requireOpen(db, args);
    await db.deleteFrom("reset_links").where("id", "=", link.id).execute();
    await db.updateTable("users").set({ password_hash: args.newHash }).where("id", "=", user.id).execute();
    return { user, endedSessions: await endSessionsOf(db, { organisationId: user.organisation_id, userId: user.id }) };
  },
);

/** Of everybody; answers how many. */
export const deleteExpiredResetLinks = writeCommand(
  "resetLinks.deleteExpired",
  async (db, args: { now: number }): Promise<number> => {
    const { numDeletedRows } = await db
      .deleteFrom("reset_links")
      .where("expires_at", "<=", args.now)
      .executeTakeFirst();
    return Number(numDeletedRows);
  },
);

/** Whoever made it must still be here and still be above the person, whose password must still be the same. */
async function requireOpen(
  db: Transaction,
  { tokenHash, now }: { tokenHash: string; now: number },
): Promise<OpenResetLink> {
  const link = await db.selectFrom("reset_links").selectAll().where("token_hash", "=", tokenHash).executeTakeFirst();
  const user = await db
    .selectFrom("users")
    .selectAll()
    .where("id", "=", link?.owner_id ?? "")
    .where("disabled_at", "is", null)
    .executeTakeFirst();
  if (!link || !user || link.expires_at <= now || hashSecretToken(user.password_hash) !== link.password_mark) {
    throw new AppError("reset_link_invalid");
  }
  const maker = { organisationId: link.organisation_id, userId: link.made_by };
  const makerRole = await currentRole(db, maker);
  if (makerRole === null || !mayManage(makerRole, user.role)) {
    throw new AppError("reset_link_invalid");
  }
  return { link, user };
}

export const resetLinkCommands: AnyCommand[] = [
  insertResetLink,
  findResetLink,
  applyResetLink,
  deleteExpiredResetLinks,
];
