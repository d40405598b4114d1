// People as an admin changes them. Who asks, whom it is about and whether an owner is left are looked up in the command
// itself: nothing that was true a moment ago counts.
import { type SelectQueryBuilder, sql } from "kysely";
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { Tables, UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { mayManage } from "./roles.ts";
import { endSessionsOf } from "./session-store.ts";

/** Whose wish it is. The command line (`userId` is null) may do what an owner may. */
export interface Actor {
  readonly organisationId: string;
  readonly userId: string | null;
}

export interface PersonRow extends UserRow {
  /** Since when signing in takes a code; null: the password alone. */
  readonly two_factor_since: number | null;
}

interface OfPerson {
  readonly actor: Actor;
  readonly userId: string;
}

/** In the order in which they were made, after `afterId`; `search` is a part of the name or the email. */
export const listPeople = readCommand(
  "people.list",
  (
    db,
    args: { organisationId: string; search: string; now: number; afterId: string | null; limit: number },
  ): Promise<PersonRow[]> => {
    const pattern = `%${args.search.toLowerCase().replace(/[\\%_]/g, String.raw`\$&`)}%`;
    return kept(db, args)
      .where(sql<boolean>`(lower(name) LIKE ${pattern} ESCAPE '\\' OR email LIKE ${pattern} ESCAPE '\\')`)
      .where("id", ">", args.afterId ?? "")
      .orderBy("id")
      .limit(args.limit)
      .execute();
  },
);

export const findPerson = readCommand(
  "people.find",
  (db, args: { organisationId: string; userId: string; now: number }): Promise<PersonRow | undefined> =>
    kept(db, args).where("id", "=", args.userId).executeTakeFirst(),
);

export const findPersonByEmail = readCommand(
  "people.findByEmail",
  (db, args: { organisationId: string; email: string; now: number }): Promise<PersonRow | undefined> =>
    kept(db, args).where("email", "=", args.email).executeTakeFirst(),
);

/** Those who can act for the server now, the oldest account first. */
export const listOwners = readCommand("people.owners", (db, args: { organisationId: string }): Promise<PersonRow[]> =>
  owners(db, args.organisationId).execute(),
);

/** Throws user_not_found, not_allowed, own_account, owner_required. */
export const changePerson = writeCommand(
  "people.change",
  async (
    db,
    args: OfPerson & { role: UserRow["role"] | undefined; disabled: boolean | undefined; now: number },
  ): Promise<PersonRow> => {
    const { actor, userId, role, disabled, now } = args;
    const { row, actorRole } = await requireManaged(db, args);
    if (row.removed_at !== null) {
      throw new AppError("user_not_found");
    }
    if (role !== undefined && !mayManage(actorRole, role)) {
      throw new AppError("not_allowed");
    }
    if (disabled === true && actor.userId === userId) {
      throw new AppError("own_account");
    }
    if (disabled === true || (role !== undefined && role !== "owner")) {
      await requireAnotherOwner(db, row);
    }
    if (disabled === true) {
      await endSessionsOf(db, { organisationId: row.organisation_id, userId });
    }
    const change = {
      role: role ?? row.role,
      disabled_at: disabled === undefined ? row.disabled_at : disabled ? (row.disabled_at ?? now) : null,
    };
    await db.updateTable("users").set(change).where("id", "=", userId).execute();
    return { ...row, ...change };
  },
);

/**
 * From here on the person cannot enter and has no session, key or link; what they wrote waits for `purgeAt`. Removing
 * again may only bring that nearer. Throws user_not_found, not_allowed, own_account, owner_required.
 */
export const removePerson = writeCommand(
  "people.remove",
  async (db, args: OfPerson & { isLeaving: boolean; purgeAt: number; now: number }): Promise<void> => {
    const { actor, userId, isLeaving, purgeAt, now } = args;
    // One's own account goes by leaving alone, which asks for the password.
    const isOwn = actor.userId === userId;
    const row = isLeaving && isOwn ? await requirePerson(db, args) : (await requireManaged(db, args)).row;
    if (isOwn && !isLeaving) {
      throw new AppError("own_account");
    }
    await requireAnotherOwner(db, row);
    await endAccess(db, row);
    const change = {
      disabled_at: row.disabled_at ?? now,
      removed_at: row.removed_at ?? now,
      purge_at: Math.min(row.purge_at ?? purgeAt, purgeAt),
    };
    await db.updateTable("users").set(change).where("id", "=", userId).execute();
  },
);

/** Who was disabled before is disabled again. Throws user_not_found, also once it is too late; not_allowed. */
export const restorePerson = writeCommand(
  "people.restore",
  async (db, args: OfPerson & { now: number }): Promise<PersonRow> => {
    const { row } = await requireManaged(db, args);
    if (row.purge_at === null) {
      return row;
    }
    if (row.purge_at <= args.now) {
      throw new AppError("user_not_found");
    }
    const wasDisabled = row.disabled_at !== row.removed_at;
    const change = { disabled_at: wasDisabled ? row.disabled_at : null, removed_at: null, purge_at: null };
    await db.updateTable("users").set(change).where("id", "=", row.id).execute();
    return { ...row, ...change };
  },
);

/** Whose time has come; their chats go first, in pieces, so that no transaction is a long one. */
export const findPeopleToPurge = readCommand(
  "people.findToPurge",
  (db, args: { now: number }): Promise<{ id: string; organisation_id: string }[]> =>
    db
      .selectFrom("users")
      .select(["id", "organisation_id"])
      .where("purge_at", "<=", args.now)
      .orderBy("purge_at")
      .execute(),
);

/** Every row that is theirs goes with the person (the tables' foreign keys see to it), and what was granted to them. */
export const deletePerson = writeCommand(
  "people.delete",
  async (db, args: { organisationId: string; userId: string; now: number }): Promise<void> => {
    await db
      .deleteFrom("grants")
      .where("organisation_id", "=", args.organisationId)
      .where("subject", "=", "user")
      .where("subject_id", "=", args.userId)
      .execute();
    await db
      .deleteFrom("users")
      .where("organisation_id", "=", args.organisationId)
      .where("id", "=", args.userId)
      .where("purge_at", "<=", args.now)
      .execute();
  },
);

function people(db: Transaction): SelectQueryBuilder<Tables, "users", PersonRow> {
  return db
    .selectFrom("users")
    .selectAll()
    .select((eb) =>
      eb
        .selectFrom("second_factors")
        .select("confirmed_at")
        .whereRef("second_factors.organisation_id", "=", "users.organisation_id")
        .whereRef("second_factors.owner_id", "=", "users.id")
        .as("two_factor_since"),
    );
}

/** Without those whose time has come. */
function kept(db: Transaction, { organisationId, now }: { organisationId: string; now: number }) {
  return people(db)
    .where("organisation_id", "=", organisationId)
    .where((eb) => eb.or([eb("purge_at", "is", null), eb("purge_at", ">", now)]));
}

function owners(db: Transaction, organisationId: string) {
  return people(db)
    .where("organisation_id", "=", organisationId)
    .where("role", "=", "owner")
    .where("disabled_at", "is", null)
    .orderBy("id");
}

async function requirePerson(db: Transaction, { actor, userId }: OfPerson): Promise<PersonRow> {
  const row = await people(db)
    .where("organisation_id", "=", actor.organisationId)
    .where("id", "=", userId)
    .executeTakeFirst();
  if (!row) {
    throw new AppError("user_not_found");
  }
  return row;
}

/** Throws user_not_found, not_allowed. */
export async function requireManaged(
  db: Transaction,
  args: OfPerson,
): Promise<{ row: PersonRow; actorRole: UserRow["role"] }> {
  const actorRole = await requireRole(db, args.actor);
  const row = await requirePerson(db, args);
  if (!mayManage(actorRole, row.role)) {
    throw new AppError("not_allowed");
  }
  return { row, actorRole };
}

/** The role of whoever asks, as it is now. Throws not_allowed for who has been disabled or removed meanwhile. */
export async function requireRole(db: Transaction, actor: Actor): Promise<UserRow["role"]> {
  const role = await currentRole(db, actor);
  if (role === null) {
    throw new AppError("not_allowed");
  }
  return role;
}

/** Null for who is disabled, removed or gone. */
export async function currentRole(db: Transaction, { organisationId, userId }: Actor): Promise<UserRow["role"] | null> {
  if (userId === null) {
    return "owner";
  }
  const row = await db
    .selectFrom("users")
    .select("role")
    .where("organisation_id", "=", organisationId)
    .where("id", "=", userId)
    .where("disabled_at", "is", null)
    .executeTakeFirst();
  return row?.role ?? null;
}

async function requireAnotherOwner(db: Transaction, row: UserRow): Promise<void> {
  if (row.role !== "owner" || row.disabled_at !== null) {
    return;
  }
  const another = await owners(db, row.organisation_id).where("id", "!=", row.id).limit(1).executeTakeFirst();
  if (!another) {
    throw new AppError("owner_required");
  }
}

async function endAccess(db: Transaction, { organisation_id: organisationId, id: userId }: UserRow): Promise<void> {
  await endSessionsOf(db, { organisationId, userId });
  await db.deleteFrom("api_keys").where("owner_id", "=", userId).execute();
  await db.deleteFrom("reset_links").where("owner_id", "=", userId).execute();
  await db.deleteFrom("invitations").where("owner_id", "=", userId).where("accepted_at", "is", null).execute();
}

export const peopleCommands: AnyCommand[] = [
  listPeople,
  findPerson,
  findPersonByEmail,
  listOwners,
  changePerson,
  removePerson,
  restorePerson,
  findPeopleToPurge,
  deletePerson,
];
