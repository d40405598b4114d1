// The ways in but passkeys: the owner's one-time link, and email with password, followed by a code where two-factor is on.
// All are limited by client address, signing in by account too; none tells by its answer, its work or its time which
// accounts exist, nor whether they have two-factor to anybody without the password.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import { hashSecretToken } from "../../../platform/secret-token.ts";
import type { Language, User } from "../contract.ts";
import { hashNewPassword } from "./new-password.ts";
import type { OwnerLink } from "./owner-link.ts";
import type { Passwords } from "./password.ts";
import type { PersonId } from "./accept-code.ts";
import type { SecondFactors } from "./second-factors.ts";
import type { Sessions } from "./sessions.ts";
import type { SignInLimits } from "./sign-in-limits.ts";
import { createTickets } from "./sign-in-tickets.ts";
import { findUser, findUserByEmail, insertOwner, ownerExists, replacePasswordHash } from "./user-store.ts";
import { toUser } from "./users.ts";

/** Where a request comes from. */
export interface Client {
  readonly address: string;
  /** The session that this browser has now; it ends when the new one starts. */
  readonly previousToken?: string | undefined;
  /** What the browser calls itself. */
  readonly userAgent?: string | undefined;
}

export interface SignedIn {
  readonly user: User;
  readonly token: string;
}

export interface SignIn {
  /**
   * Answers a ticket instead of a session where two-factor is on: only who knows the password learns that. Throws
   * invalid_credentials, too_many_attempts.
   */
  withPassword(
    credentials: { email: string; password: string },
    client: Client,
  ): Promise<SignedIn | { readonly ticket: string }>;
  /** The second step. Throws second_step_expired, wrong_code, too_many_attempts. */
  withCode(ticket: string, code: string, client: Client): Promise<SignedIn>;
  /** Makes the owner. Throws setup_done, setup_link_invalid, password_too_common, too_many_attempts. */
  withOwnerLink(owner: NewOwner, client: Client): Promise<SignedIn>;
}

export interface NewOwner {
  readonly token: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly language?: Language | undefined;
}

export interface SignInDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  readonly ownerLink: OwnerLink;
  readonly limits: SignInLimits;
  readonly secondFactors: SecondFactors;
}

export function createSignIn(dependencies: SignInDependencies): SignIn {
  const { db, clock, passwords, sessions, ownerLink, limits, secondFactors } = dependencies;
  const tickets = createTickets({ clock, purpose: "second-step" });

  /** null: wrong, or changed while it was checked. */
  async function tryPassword(email: string, password: string): Promise<UserRow | null> {
    const row = await db.run(findUserByEmail, { email });
    const { matches, outdated } = await passwords.verify(password, row?.password_hash ?? null);
    if (!row || !matches || row.disabled_at !== null) {
      return null;
    }
    if (!outdated) {
      return row;
    }
    const user = { organisationId: row.organisation_id, userId: row.id };
    const newHash = await passwords.hash(password);
    await db.run(replacePasswordHash, { ...user, oldHash: row.password_hash, newHash });
    return { ...row, password_hash: newHash };
  }

  /** null: the person was disabled or got another password since. */
  async function enter(row: UserRow, { previousToken, userAgent }: Client): Promise<SignedIn | null> {
    const checked = { organisationId: row.organisation_id, userId: row.id, checkedHash: row.password_hash };
    const token = await sessions.start(checked, previousToken, userAgent);
    return token === null ? null : { user: toUser(row), token };
  }

  async function insert(owner: NewOwner): Promise<UserRow> {
    const { name, email, password, language = null } = owner;
    const password_hash = await hashNewPassword(passwords, password, { name, email });
    const user = { id: newId(), name, email, password_hash, language };
    return db.run(insertOwner, { user, newOrganisationId: newId(), now: clock() });
  }

  return {
    async withPassword({ email, password }, client) {
      const { address } = client;
      const entered = await limits.attempt({ address, account: email }, async () => {
        const row = await tryPassword(email, password);
        if (!row) {
          return null;
        }
        const isSecondStepNeeded = await secondFactors.isOn(personOf(row));
        return isSecondStepNeeded ? { ticket: tickets.issue({ ...subjectOf(row) }) } : enter(row, client);
      });
      return accepted(entered);
    },

    async withCode(ticket, code, client) {
      const subject = tickets.read(ticket);
      const { organisationId = "", userId = "" } = subject ?? {};
      const row = subject && (await db.run(findUser, { organisationId, userId }));
      // Whoever got another password or was disabled meanwhile starts anew.
      if (!row || row.disabled_at !== null || subject["passwordMark"] !== subjectOf(row).passwordMark) {
        throw new AppError("second_step_expired");
      }
      if (!(await secondFactors.accepts(personOf(row), code, client.address))) {
        throw new AppError("wrong_code");
      }
      const signedIn = tickets.spend(ticket) ? await enter(row, client) : null;
      if (!signedIn) {
        throw new AppError("second_step_expired");
      }
      return signedIn;
    },

    async withOwnerLink(owner, client) {
      const row = await limits.attempt({ address: client.address }, async () => {
        if (await db.run(ownerExists, {})) {
          throw new AppError("setup_done");
        }
        if (!ownerLink.accepts(owner.token)) {
          throw new AppError("setup_link_invalid");
        }
        const made = await insert(owner);
        ownerLink.spend();
        return made;
      });
      return accepted(row && (await enter(row, client)));
    },
  };
}

function accepted<Entered>(entered: Entered | null): Entered {
  if (!entered) {
    throw new AppError("invalid_credentials");
  }
  return entered;
}

function personOf(row: UserRow): PersonId {
  return { organisationId: row.organisation_id, userId: row.id };
}

/** What a ticket says: who, and by which password, without saying it. */
function subjectOf(row: UserRow): PersonId & { readonly passwordMark: string } {
  return { ...personOf(row), passwordMark: hashSecretToken(row.password_hash) };
}
