// Sessions as they are stored: by the hash of their token, never the token.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { SessionRow, UserRow } from "../../../platform/database/tables.ts";

export interface SessionWithUser {
  readonly session_id: string;
  readonly last_seen_at: number;
  readonly organisation_id: string;
  readonly owner_id: string;
  readonly role: UserRow["role"];
}

/**
 * Puts a session in the place of the one that this browser had, and answers the ids of those it replaced. Answers null
 * and changes nothing when the person has been disabled or got another password since it was checked.
 */
export const insertSession = writeCommand(
  "sessions.insert",
  async (
    db,
    args: { session: SessionRow; checkedHash: string; previousTokenHash: string | null },
  ): Promise<string[] | null> => {
    const { session, checkedHash, previousTokenHash } = args;
    const user = await db
      .selectFrom("users")
      .select("id")
      .where("organisation_id", "=", session.organisation_id)
      .where("id", "=", session.owner_id)
      .where("password_hash", "=", checkedHash)
      .where("disabled_at", "is", null)
      .executeTakeFirst();
    if (!user) {
      return null;
    }
    const replaced = previousTokenHash === null ? [] : await deleteByToken(db, previousTokenHash);
    await db.insertInto("sessions").values(session).execute();
    await noteSeen(db, session.owner_id, session.last_seen_at);
    return replaced;
  },
);

/** The token is what says whose session it is. Nothing is found once it has expired or its person is disabled. */
export const findSession = readCommand(
  "sessions.find",
  (db, args: { tokenHash: string; now: number }): Promise<SessionWithUser | undefined> =>
    db
      .selectFrom("sessions")
      .innerJoin("users", "users.id", "sessions.owner_id")
      .select([
        "sessions.id as session_id",
        "sessions.last_seen_at",
        "users.organisation_id",
        "sessions.owner_id",
        "users.role",
      ])
      .where("sessions.token_hash", "=", args.tokenHash)
      .where("sessions.expires_at", ">", args.now)
      .where("users.disabled_at", "is", null)
      .executeTakeFirst(),
);

export const touchSession = writeCommand(
  "sessions.touch",
  async (
    db,
    args: { organisationId: string; userId: string; sessionId: string; now: number; expiresAt: number },
  ): Promise<void> => {
    await db
      .updateTable("sessions")
      .set({ last_seen_at: args.now, expires_at: args.expiresAt })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("id", "=", args.sessionId)
      .execute();
    await noteSeen(db, args.userId, args.now);
  },
);

/** Answers the ids of those that there were. */
export const deleteSession = writeCommand("sessions.delete", (db, args: { tokenHash: string }): Promise<string[]> =>
  deleteByToken(db, args.tokenHash),
);

/** Of everybody; answers how many there were. */
export const deleteExpiredSessions = writeCommand(
  "sessions.deleteExpired",
  async (db, args: { now: number }): Promise<number> => {
    const { numDeletedRows } = await db.deleteFrom("sessions").where("expires_at", "<=", args.now).executeTakeFirst();
    return Number(numDeletedRows);
  },
);

export interface OwnSessions {
  readonly organisationId: string;
  readonly userId: string;
}

/** The last used first. */
export const listSessions = readCommand(
  "sessions.list",
  (db, args: OwnSessions & { now: number }): Promise<SessionRow[]> =>
    db
      .selectFrom("sessions")
      .selectAll()
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("expires_at", ">", args.now)
      .orderBy("last_seen_at", "desc")
      .orderBy("id", "desc")
      .execute(),
);

/** Ends one, or all but one; answers the ids of those that there were. */
export const deleteOwnSessions = writeCommand(
  "sessions.deleteOwn",
  (db, args: OwnSessions & ({ sessionId: string } | { exceptId: string })): Promise<string[]> => deleteOwn(db, args),
);

/**
 * A new password, and the end of every session but the one that asked for it; answers their ids. Answers null and changes
 * nothing when the password has been changed since it was checked.
 */
export const changePasswordHash = writeCommand(
  "sessions.changePasswordHash",
  async (
    db,
    args: OwnSessions & { checkedHash: string; newHash: string; exceptId: string },
  ): Promise<string[] | null> => {
    const { numUpdatedRows } = await db
      .updateTable("users")
      .set({ password_hash: args.newHash })
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.userId)
      .where("password_hash", "=", args.checkedHash)
      .executeTakeFirst();
    return numUpdatedRows === 0n ? null : deleteOwn(db, args);
  },
);

async function deleteOwn(
  db: Transaction,
  { organisationId, userId, ...which }: OwnSessions & ({ sessionId: string } | { exceptId: string }),
): Promise<string[]> {
  const own = deletionOf(db, { organisationId, userId });
  const chosen = "sessionId" in which ? own.where("id", "=", which.sessionId) : own.where("id", "!=", which.exceptId);
  return (await chosen.execute()).map(({ id }) => id);
}

/** In whatever browsers the person is signed in; answers the ids of the sessions that there were. */
export async function endSessionsOf(db: Transaction, person: OwnSessions): Promise<string[]> {
  return (await deletionOf(db, person).execute()).map(({ id }) => id);
}

function deletionOf(db: Transaction, { organisationId, userId }: OwnSessions) {
  return db
    .deleteFrom("sessions")
    .where("organisation_id", "=", organisationId)
    .where("owner_id", "=", userId)
    .returning("id");
}

/** With the person, as it outlasts their sessions. */
async function noteSeen(db: Transaction, userId: string, now: number): Promise<void> {
  await db.updateTable("users").set({ last_seen_at: now }).where("id", "=", userId).execute();
}

async function deleteByToken(db: Transaction, tokenHash: string): Promise<string[]> {
  const deleted = await db.deleteFrom("sessions").where("token_hash", "=", tokenHash).returning("id").execute();
  return deleted.map(({ id }) => id);
}

export const sessionCommands: AnyCommand[] = [
  insertSession,
  findSession,
  touchSession,
  deleteSession,
  deleteExpiredSessions,
  listSessions,
  deleteOwnSessions,
  changePasswordHash,
];
