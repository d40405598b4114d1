// Links that let one person in: made, listed and withdrawn by admins, accepted by whoever holds the link.
import type { Clock } from "../../../platform/clock.ts";
import { checkValue } from "../../../platform/check-value.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import { hashSecretToken, newSecretToken } from "../../../platform/secret-token.ts";
import type { Language, UserRole } from "../contract.ts";
import { type Invitation, InvitationNote } from "../people-contract.ts";
import * as store from "./invitation-store.ts";
import { hashNewPassword } from "./new-password.ts";
import type { Passwords } from "./password.ts";
import type { Actor } from "./people-store.ts";
import { addressKey, type RateLimit } from "./rate-limit.ts";
import type { Sessions } from "./sessions.ts";
import type { Client, SignedIn } from "./sign-in.ts";
import { toUser } from "./users.ts";

const defaultPageSize = 50;
const defaultDays = 7;
const dayMs = 24 * 3_600_000;
/** Who accepted stays to be seen for this long after the link's last day. */
const keptMs = 60 * dayMs;

/** The page that an invitation's address opens. The fragment is never sent: it stays out of every log. */
export const invitationPath = (token: string): string => `/invite#token=${token}`;

interface Dependencies {
  readonly db: Database;
  readonly clock: Clock;
}

export interface NewInvitation {
  readonly role: UserRole;
  readonly note?: string | undefined;
  readonly days?: number | undefined;
}

/** The token is in this answer only. Throws invalid_request, not_allowed. */
export async function createInvitation(
  { db, clock }: Dependencies,
  actor: Actor,
  { role, note = "", days = defaultDays }: NewInvitation,
): Promise<{ invitation: Invitation; token: string }> {
  const token = newSecretToken();
  const now = clock();
  const row = await db.run(store.insertInvitation, {
    actor,
    invitation: {
      id: newId(),
      organisation_id: actor.organisationId,
      owner_id: actor.userId,
      role,
      note: checkValue(InvitationNote, note, "note"),
      token_hash: hashSecretToken(token),
      created_at: now,
      expires_at: now + days * dayMs,
      accepted_at: null,
      accepted_by: null,
    },
  });
  return { invitation: toInvitation(row, now), token };
}

export async function listInvitations(
  { db, clock }: Dependencies,
  organisationId: string,
  { cursor = null, limit = defaultPageSize }: { cursor?: string | null | undefined; limit?: number | undefined } = {},
): Promise<{ items: Invitation[]; nextCursor: string | null }> {
  const rows = await db.run(store.listInvitations, { organisationId, beforeId: cursor, limit: limit + 1 });
  const items = rows.slice(0, limit).map((row) => toInvitation(row, clock()));
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Throws invitation_not_found, invitation_used, not_allowed. */
export function withdrawInvitation({ db }: Pick<Dependencies, "db">, actor: Actor, invitationId: string) {
  return db.run(store.deleteInvitation, { actor, invitationId });
}

/** Removes what nobody can use or asks about any more; answers how many. */
export function clearOldInvitations({ db, clock }: Dependencies): Promise<number> {
  return db.run(store.deleteOldInvitations, { expiredBefore: clock() - keptMs });
}

export interface AcceptedBy {
  readonly token: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly language?: Language | undefined;
}

/** For whoever holds a link. Both throw invitation_invalid, invitation_used, invitation_expired, too_many_attempts. */
export interface InvitationEntrance {
  look(
    token: string,
    client: Client,
  ): Promise<{ organisation: string; role: UserRole; invitedBy: string | null; expiresAt: number }>;
  /**
   * Makes the account, spends the link and signs in. Throws password_too_common and email_taken too: that an email has an account is told to
   * holders of a link alone, as the link is looked at first, and each such answer counts as a failed attempt.
   */
  accept(person: AcceptedBy, client: Client): Promise<SignedIn>;
}

export interface InvitationEntranceDependencies extends Dependencies {
  readonly passwords: Passwords;
  readonly sessions: Sessions;
  /** Only attempts that failed count. */
  readonly byAddress: RateLimit;
}

export function createInvitationEntrance(dependencies: InvitationEntranceDependencies): InvitationEntrance {
  const { db, clock, passwords, sessions, byAddress } = dependencies;

  async function limited<Result>({ address }: Client, work: () => Promise<Result>): Promise<Result> {
    const bucket = addressKey(address);
    byAddress.take(bucket);
    const result = await work();
    byAddress.giveBack(bucket);
    return result;
  }

  return {
    look: (token, client) =>
      limited(client, async () => {
        const { invitation, organisationName } = await db.run(store.findInvitation, {
          tokenHash: hashSecretToken(token),
          now: clock(),
        });
        const { role, inviter_name: invitedBy, expires_at: expiresAt } = invitation;
        return { organisation: organisationName, role, invitedBy, expiresAt };
      }),
    accept: ({ token, name, email, password, language = null }, client) =>
      limited(client, async () => {
        const tokenHash = hashSecretToken(token);
        // Before the costly hash, which only a valid link may ask for.
        await db.run(store.findInvitation, { tokenHash, now: clock() });
        const password_hash = await hashNewPassword(passwords, password, { name, email });
        const user = { id: newId(), name, email, password_hash, language };
        const row = await db.run(store.acceptInvitation, { tokenHash, user, now: clock() });
        const checked = { organisationId: row.organisation_id, userId: row.id, checkedHash: password_hash };
        const session = await sessions.start(checked, client.previousToken, client.userAgent);
        if (session === null) {
          throw new AppError("invalid_credentials");
        }
        return { user: toUser(row), token: session };
      }),
  };
}

function toInvitation(row: store.ListedInvitation, now: number): Invitation {
  return {
    id: row.id,
    role: row.role,
    note: row.note,
    state: row.accepted_at !== null ? "accepted" : row.expires_at <= now ? "expired" : "open",
    invitedBy: row.inviter_name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    acceptedBy: row.accepted_by === null ? null : { id: row.accepted_by, name: row.accepted_name ?? "" },
  };
}
