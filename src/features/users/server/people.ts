// The people of an organisation as its admins see and change them, up to their removal. What holds about roles is
// checked in the commands of people-store.ts, in the same transaction as the change.
import { checkValue } from "../../../platform/check-value.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { UserEmail, type UserRole } from "../contract.ts";
import { keptRemovedDays, type Person, type RemovedChats } from "../people-contract.ts";
import * as store from "./people-store.ts";

const defaultPageSize = 50;
const dayMs = 24 * 3_600_000;

/** What other features hold of a person. */
export interface PersonalThings {
  /** Ends what is being made for them. */
  stop(userId: string): Promise<void>;
  /** Deletes it for good, in short transactions. */
  purge(person: { organisationId: string; userId: string }): Promise<void>;
}

export interface PeopleDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly openCalls: OpenCalls;
  readonly things: PersonalThings;
}

export interface PeopleQuery {
  readonly search?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface PersonChange {
  readonly role?: UserRole | undefined;
  readonly disabled?: boolean | undefined;
}

/** Changes throw user_not_found, not_allowed, own_account and owner_required. */
export interface People {
  list(organisationId: string, query?: PeopleQuery): Promise<{ items: Person[]; nextCursor: string | null }>;
  read(organisationId: string, userId: string): Promise<Person>;
  /** For the command line, where people are named by email. */
  findByEmail(organisationId: string, email: string): Promise<Person>;
  listOwners(organisationId: string): Promise<Person[]>;
  change(actor: store.Actor, userId: string, change: PersonChange): Promise<Person>;
  remove(actor: store.Actor, userId: string, chats: RemovedChats): Promise<void>;
  restore(actor: store.Actor, userId: string): Promise<Person>;
  /** For whoever has just proven again who they are. Throws owner_required. */
  leave(principal: Principal, chats: RemovedChats): Promise<void>;
  /** Deletes for good those whose time has come; answers how many. */
  purgeRemoved(): Promise<number>;
}

export function createPeople({ db, clock, openCalls, things }: PeopleDependencies): People {
  async function remove(
    actor: store.Actor,
    userId: string,
    { chats, isLeaving }: { chats: RemovedChats; isLeaving: boolean },
  ): Promise<void> {
    const now = clock();
    const purgeAt = chats === "keep" ? now + keptRemovedDays * dayMs : now;
    await db.run(store.removePerson, { actor, userId, isLeaving, purgeAt, now });
    openCalls.end([userId]);
    await things.stop(userId);
    if (chats === "delete") {
      await purge({ organisationId: actor.organisationId, userId });
    }
  }

  async function purge(person: { organisationId: string; userId: string }): Promise<void> {
    await things.purge(person);
    await db.run(store.deletePerson, { ...person, now: clock() });
  }

  async function purgeRemoved(): Promise<number> {
    const due = await db.run(store.findPeopleToPurge, { now: clock() });
    const failures: unknown[] = [];
    for (const { organisation_id: organisationId, id: userId } of due) {
      // One whose chats cannot be deleted now keeps nobody else here.
      await purge({ organisationId, userId }).catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) {
      throw new AggregateError(failures, `${failures.length} of ${due.length} removed people could not be deleted`);
    }
    return due.length;
  }

  return {
    async list(organisationId, { search = "", cursor = null, limit = defaultPageSize } = {}) {
      const now = clock();
      const rows = await db.run(store.listPeople, { organisationId, search, now, afterId: cursor, limit: limit + 1 });
      const items = rows.slice(0, limit).map(toPerson);
      return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
    async read(organisationId, userId) {
      return toPerson(found(await db.run(store.findPerson, { organisationId, userId, now: clock() })));
    },
    async findByEmail(organisationId, email) {
      const args = { organisationId, email: checkValue(UserEmail, email, "email"), now: clock() };
      return toPerson(found(await db.run(store.findPersonByEmail, args)));
    },
    async listOwners(organisationId) {
      return (await db.run(store.listOwners, { organisationId })).map(toPerson);
    },
    async change(actor, userId, { role, disabled }) {
      const row = await db.run(store.changePerson, { actor, userId, role, disabled, now: clock() });
      if (disabled === true) {
        openCalls.end([userId]);
      }
      return toPerson(row);
    },
    remove: (actor, userId, chats) => remove(actor, userId, { chats, isLeaving: false }),
    async restore(actor, userId) {
      return toPerson(await db.run(store.restorePerson, { actor, userId, now: clock() }));
    },
    leave: ({ organisationId, userId }, chats) =>
      remove({ organisationId, userId }, userId, { chats, isLeaving: true }),
    purgeRemoved,
  };
}

function found(row: store.PersonRow | undefined): store.PersonRow {
  if (!row) {
    throw new AppError("user_not_found");
  }
  return row;
}

function toPerson(row: store.PersonRow): Person {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    state: row.removed_at !== null ? "removed" : row.disabled_at !== null ? "disabled" : "active",
    hasTwoFactor: row.two_factor_since !== null,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    purgeAt: row.purge_at,
  };
}
