// Invitations as they are stored: by the hash of their token, never the token.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { InvitationRow, UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { type Actor, currentRole, requireRole } from "./people-store.ts";
import { mayManage } from "./roles.ts";
import { insertUserRow, type NewUserRow } from "./user-store.ts";

export interface ListedInvitation extends InvitationRow {
  readonly inviter_name: string | null;
  readonly accepted_name: string | null;
}

/** Throws not_allowed for a role that whoever asks cannot give. */
export const insertInvitation = writeCommand(
  "invitations.insert",
  async (db, args: { actor: Actor; invitation: InvitationRow }): Promise<ListedInvitation> => {
    if (!mayManage(await requireRole(db, args.actor), args.invitation.role)) {
      throw new AppError("not_allowed");
    }
    await db.insertInto("invitations").values(args.invitation).execute();
    return listed(db).where("invitations.id", "=", args.invitation.id).executeTakeFirstOrThrow();
  },
);

/** The newest first, those before `beforeId`. */
export const listInvitations = readCommand(
  "invitations.list",
  (db, args: { organisationId: string; beforeId: string | null; limit: number }): Promise<ListedInvitation[]> =>
    listed(db)
      .where("invitations.organisation_id", "=", args.organisationId)
      .$if(args.beforeId !== null, (query) => query.where("invitations.id", "<", args.beforeId ?? ""))
      .orderBy("invitations.id", "desc")
      .limit(args.limit)
      .execute(),
);

/** An accepted one stays as it is. Throws invitation_not_found, invitation_used, not_allowed. */
export const deleteInvitation = writeCommand(
  "invitations.delete",
  async (db, { actor, invitationId }: { actor: Actor; invitationId: string }): Promise<void> => {
    const row = await db
      .selectFrom("invitations")
      .selectAll()
      .where("organisation_id", "=", actor.organisationId)
      .where("id", "=", invitationId)
      .executeTakeFirst();
    if (!row) {
      throw new AppError("invitation_not_found");
    }
    if (!mayManage(await requireRole(db, actor), row.role)) {
      throw new AppError("not_allowed");
    }
    if (row.accepted_at !== null) {
      throw new AppError("invitation_used");
    }
    await db.deleteFrom("invitations").where("id", "=", row.id).execute();
  },
);

export interface OpenInvitation {
  readonly invitation: ListedInvitation;
  readonly organisationName: string;
}

/** The token is what says whose invitation it is. Throws invitation_invalid, invitation_used, invitation_expired. */
export const findInvitation = readCommand(
  "invitations.find",
  async (db, args: { tokenHash: string; now: number }): Promise<OpenInvitation> => {
    const invitation = await requireOpen(db, args);
    const { name } = await db
      .selectFrom("organisations")
      .select("name")
      .where("id", "=", invitation.organisation_id)
      .executeTakeFirstOrThrow();
    return { invitation, organisationName: name };
  },
);

/** Makes the account and spends the link, or does neither. Throws what findInvitation throws, and email_taken. */
export const acceptInvitation = writeCommand(
  "invitations.accept",
  async (db, args: { tokenHash: string; user: Omit<NewUserRow, "role">; now: number }): Promise<UserRow> => {
    const { id, organisation_id, role } = await requireOpen(db, args);
    const user = await insertUserRow(db, organisation_id, { ...args.user, role }, args.now);
    await db
      .updateTable("invitations")
      .set({ accepted_at: args.now, accepted_by: user.id })
      .where("id", "=", id)
      .execute();
    return user;
  },
);

/** Of everybody, those that nobody can use or asks about any more; answers how many. */
export const deleteOldInvitations = writeCommand(
  "invitations.deleteOld",
  async (db, args: { expiredBefore: number }): Promise<number> => {
    const { numDeletedRows } = await db
      .deleteFrom("invitations")
      .where("expires_at", "<", args.expiredBefore)
      .executeTakeFirst();
    return Number(numDeletedRows);
  },
);

/** Whoever invited must still be here and still be allowed to give that role. */
async function requireOpen(
  db: Transaction,
  { tokenHash, now }: { tokenHash: string; now: number },
): Promise<ListedInvitation> {
  const found = await listed(db).where("invitations.token_hash", "=", tokenHash).executeTakeFirst();
  if (!found) {
    throw new AppError("invitation_invalid");
  }
  if (found.accepted_at !== null) {
    throw new AppError("invitation_used");
  }
  const inviter = { organisationId: found.organisation_id, userId: found.owner_id };
  const inviterRole = await currentRole(db, inviter);
  if (inviterRole === null || !mayManage(inviterRole, found.role)) {
    throw new AppError("invitation_invalid");
  }
  if (found.expires_at <= now) {
    throw new AppError("invitation_expired");
  }
  return found;
}

function listed(db: Transaction) {
  return db
    .selectFrom("invitations")
    .leftJoin("users as inviter", "inviter.id", "invitations.owner_id")
    .leftJoin("users as accepted", "accepted.id", "invitations.accepted_by")
    .selectAll("invitations")
    .select(["inviter.name as inviter_name", "accepted.name as accepted_name"]);
}

export const invitationCommands: AnyCommand[] = [
  insertInvitation,
  listInvitations,
  deleteInvitation,
  findInvitation,
  acceptInvitation,
  deleteOldInvitations,
];
