// A forgotten password: an admin's link sets a new one, once. It does not sign in, so that a second factor still counts.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import { newId } from "../../../platform/new-id.ts";
import { hashSecretToken, newSecretToken } from "../../../platform/secret-token.ts";
import { hashNewPassword } from "./new-password.ts";
import type { Passwords } from "./password.ts";
import type { Actor } from "./people-store.ts";
import { addressKey, type RateLimit } from "./rate-limit.ts";
import * as store from "./reset-link-store.ts";

const lifetimeMs = 24 * 3_600_000;

/** The page that a reset link opens. The fragment is never sent: it stays out of every log. */
export const resetLinkPath = (token: string): string => `/reset#token=${token}`;

interface Dependencies {
  readonly db: Database;
  readonly clock: Clock;
}

/** The token is in this answer only. Throws user_not_found, not_allowed, own_account, user_disabled. */
export async function createResetLink(
  { db, clock }: Dependencies,
  actor: Actor,
  userId: string,
): Promise<{ token: string; expiresAt: number }> {
  const token = newSecretToken();
  const now = clock();
  const expiresAt = now + lifetimeMs;
  const link = { id: newId(), token_hash: hashSecretToken(token), created_at: now, expires_at: expiresAt };
  await db.run(store.insertResetLink, { actor, userId, link });
  return { token, expiresAt };
}

/** Answers how many there were. */
export function clearExpiredResetLinks({ db, clock }: Dependencies): Promise<number> {
  return db.run(store.deleteExpiredResetLinks, { now: clock() });
}

/** For whoever holds a link. Both throw reset_link_invalid, too_many_attempts. */
export interface ResetEntrance {
  look(token: string, address: string): Promise<{ name: string; email: string; expiresAt: number }>;
  /** Every session of the person ends. Throws password_too_common. */
  apply(link: { token: string; password: string }, address: string): Promise<void>;
}

export interface ResetEntranceDependencies extends Dependencies {
  readonly passwords: Passwords;
  readonly openCalls: OpenCalls;
  /** Only attempts that failed count. */
  readonly byAddress: RateLimit;
}

export function createResetEntrance(dependencies: ResetEntranceDependencies): ResetEntrance {
  const { db, clock, passwords, openCalls, byAddress } = dependencies;

  async function find(token: string, address: string): Promise<store.OpenResetLink> {
    const bucket = addressKey(address);
    byAddress.take(bucket);
    const found = await db.run(store.findResetLink, { tokenHash: hashSecretToken(token), now: clock() });
    byAddress.giveBack(bucket);
    return found;
  }

  return {
    async look(token, address) {
      const { link, user } = await find(token, address);
      return { name: user.name, email: user.email, expiresAt: link.expires_at };
    },
    async apply({ token, password }, address) {
      const { user } = await find(token, address);
      const newHash = await hashNewPassword(passwords, password, user);
      const tokenHash = hashSecretToken(token);
      const { endedSessions } = await db.run(store.applyResetLink, { tokenHash, newHash, now: clock() });
      openCalls.end(endedSessions);
    },
  };
}
