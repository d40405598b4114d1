// The two ways in: the owner's one-time link, and email with password. Both are limited by client address, signing in by
// account too; neither tells by its answer, its work or its time which accounts exist.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import type { Language, User } from "../contract.ts";
import { hashNewPassword } from "./new-password.ts";
import type { OwnerLink } from "./owner-link.ts";
import type { Passwords } from "./password.ts";
import type { Sessions } from "./sessions.ts";
import type { SignInLimits } from "./sign-in-limits.ts";
import { findUserByEmail, insertOwner, ownerExists, replacePasswordHash } from "./user-store.ts";
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
  /** Throws invalid_credentials, too_many_attempts. */
  withPassword(credentials: { email: string; password: string }, client: Client): Promise<SignedIn>;
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
}

export function createSignIn({ db, clock, passwords, sessions, ownerLink, limits }: SignInDependencies): SignIn {
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
      const signedIn = await limits.attempt({ address, account: email }, async () => {
        const row = await tryPassword(email, password);
        return row && enter(row, client);
      });
      return accepted(signedIn);
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

function accepted(signedIn: SignedIn | null): SignedIn {
  if (!signedIn) {
    throw new AppError("invalid_credentials");
  }
  return signedIn;
}
