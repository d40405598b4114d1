// Organisations, and people as they are stored. Every command carries the organisation and the person it
// is for; the two that cannot (finding a person by email, a session by its token) say so.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { endSessionsOf } from "./session-store.ts";

export type NewUserRow = Pick<UserRow, "id" | "name" | "email" | "role" | "password_hash" | "language">;

/** The organisation of this server; made when it is not there yet. There is one until a server can hold several. */
export const ensureOrganisation = writeCommand(
  "organisations.ensure",
  (db, args: { newId: string; now: number }): Promise<string> => organisationId(db, args),
);

export const ownerExists = readCommand("users.ownerExists", (db, _args: Record<string, never>) => hasOwner(db));

/** Makes the owner and, where it is missing, the organisation; throws setup_done when there is an owner already. */
export const insertOwner = writeCommand(
  "users.insertOwner",
  async (db, args: { user: Omit<NewUserRow, "role">; newOrganisationId: string; now: number }): Promise<UserRow> => {
    if (await hasOwner(db)) {
      throw new AppError("setup_done");
    }
    const organisation = await organisationId(db, { newId: args.newOrganisationId, now: args.now });
    return insertUserRow(db, organisation, { ...args.user, role: "owner" }, args.now);
  },
);

/** Throws email_taken. */
export const insertUser = writeCommand(
  "users.insert",
  (db, args: { organisationId: string; user: NewUserRow; now: number }): Promise<UserRow> =>
    insertUserRow(db, args.organisationId, args.user, args.now),
);

/** For signing in: nobody is known yet, and an email is unique in the whole database. */
export const findUserByEmail = readCommand(
  "users.findByEmail",
  (db, { email }: { email: string }): Promise<UserRow | undefined> =>
    db.selectFrom("users").selectAll().where("email", "=", email).executeTakeFirst(),
);

export const findUser = readCommand(
  "users.find",
  (db, args: { organisationId: string; userId: string }): Promise<UserRow | undefined> =>
    db
      .selectFrom("users")
      .selectAll()
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.userId)
      .executeTakeFirst(),
);

export const findUserNames = readCommand(
  "users.names",
  (db, args: { organisationId: string; userIds: string[] }): Promise<{ id: string; name: string }[]> =>
    db
      .selectFrom("users")
      .select(["id", "name"])
      .where("organisation_id", "=", args.organisationId)
      .where("id", "in", args.userIds)
      .execute(),
);

/** The one with the oldest account, where there are several. */
export const findOwner = readCommand(
  "users.findOwner",
  (db, args: { organisationId: string }): Promise<UserRow | undefined> =>
    db
      .selectFrom("users")
      .selectAll()
      .where("organisation_id", "=", args.organisationId)
      .where("role", "=", "owner")
      .where("disabled_at", "is", null)
      .orderBy("id")
      .executeTakeFirst(),
);

export type ProfileChange = Partial<Pick<UserRow, "name" | "language" | "theme">>;

export const updateProfile = writeCommand(
  "users.updateProfile",
  (db, args: { organisationId: string; userId: string; change: ProfileChange }): Promise<UserRow | undefined> =>
    update(db, args, args.change),
);

/** Only while the hash is still `oldHash`: a password changed in between must not be undone. */
export const replacePasswordHash = writeCommand(
  "users.replacePasswordHash",
  async (db, args: { organisationId: string; userId: string; oldHash: string; newHash: string }): Promise<void> => {
    await db
      .updateTable("users")
      .set({ password_hash: args.newHash })
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.userId)
      .where("password_hash", "=", args.oldHash)
      .execute();
  },
);

/** A new password ends every session: whoever knew the old one is out. */
export const setPasswordHash = writeCommand(
  "users.setPasswordHash",
  async (
    db,
    args: { organisationId: string; userId: string; newHash: string },
  ): Promise<{ user: UserRow | undefined; endedSessions: string[] }> => {
    const endedSessions = await endSessionsOf(db, args);
    return { user: await update(db, args, { password_hash: args.newHash }), endedSessions };
  },
);

async function hasOwner(db: Transaction): Promise<boolean> {
  const owner = await db.selectFrom("users").select("id").where("role", "=", "owner").executeTakeFirst();
  return owner !== undefined;
}

async function organisationId(db: Transaction, { newId, now }: { newId: string; now: number }): Promise<string> {
  const existing = await db.selectFrom("organisations").select("id").orderBy("created_at").executeTakeFirst();
  if (existing) {
    return existing.id;
  }
  await db.insertInto("organisations").values({ id: newId, name: "", created_at: now }).execute();
  return newId;
}

/** Throws email_taken. */
export async function insertUserRow(
  db: Transaction,
  organisation: string,
  user: NewUserRow,
  now: number,
): Promise<UserRow> {
  const taken = await db.selectFrom("users").select("id").where("email", "=", user.email).executeTakeFirst();
  if (taken) {
    throw new AppError("email_taken");
  }
  const row: UserRow = {
    ...user,
    organisation_id: organisation,
    theme: "system",
    created_at: now,
    disabled_at: null,
    last_seen_at: null,
    removed_at: null,
    purge_at: null,
  };
  await db.insertInto("users").values(row).execute();
  return row;
}

async function update(
  db: Transaction,
  { organisationId: organisation, userId }: { organisationId: string; userId: string },
  change: Partial<UserRow>,
): Promise<UserRow | undefined> {
  const scoped = db
    .selectFrom("users")
    .selectAll()
    .where("organisation_id", "=", organisation)
    .where("id", "=", userId);
  if (Object.keys(change).length > 0) {
    await db
      .updateTable("users")
      .set(change)
      .where("organisation_id", "=", organisation)
      .where("id", "=", userId)
      .execute();
  }
  return scoped.executeTakeFirst();
}

export const userCommands: AnyCommand[] = [
  ensureOrganisation,
  ownerExists,
  insertOwner,
  insertUser,
  findUserByEmail,
  findUser,
  findUserNames,
  findOwner,
  updateProfile,
  replacePasswordHash,
  setPasswordHash,
];
