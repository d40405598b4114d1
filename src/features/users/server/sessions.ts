// Who is signed in in which browser. The browser holds a random token, the database its hash; signing out, disabling a
// person or a new password ends a session with the next request, since every request looks it up, and its open calls at once.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { createLastUseWriter } from "../../../platform/last-use.ts";
import { newId } from "../../../platform/new-id.ts";
import { hashSecretToken, isSecretToken, newSecretToken } from "../../../platform/secret-token.ts";
import { deleteExpiredSessions, deleteSession, findSession, insertSession, touchSession } from "./session-store.ts";

/** A session ends this long after it was last used. */
export const sessionLifetimeMs = 30 * 24 * 3_600_000;

export interface Sessions {
  /**
   * Answers the token for the browser; null when the person was disabled or got another password since `checkedHash`
   * was compared. `previousToken`: the session that this one replaces.
   */
  start(user: CheckedUser, previousToken?: string): Promise<string | null>;
  /** Answers who holds the token; null for a token that is unknown, expired or of a disabled person. */
  authenticate(token: string): Promise<Principal | null>;
  end(token: string): Promise<void>;
  /** Removes what nobody can use any more; answers how many. */
  clearExpired(): Promise<number>;
}

/** A person whose password was right, and the hash that said so. */
export interface CheckedUser {
  readonly organisationId: string;
  readonly userId: string;
  readonly checkedHash: string;
}

export interface SessionsDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly openCalls: OpenCalls;
  /** Told when presence could not be written; the request that noticed it goes on. */
  readonly onTouchFailure?: (error: unknown) => void;
}

export function createSessions({ db, clock, openCalls, onTouchFailure = () => {} }: SessionsDependencies): Sessions {
  const writeLastUse = createLastUseWriter(onTouchFailure);

  return {
    async start({ organisationId, userId, checkedHash }, previousToken) {
      const token = newSecretToken();
      const now = clock();
      const session = {
        id: newId(),
        organisation_id: organisationId,
        owner_id: userId,
        token_hash: hashSecretToken(token),
        created_at: now,
        last_seen_at: now,
        expires_at: now + sessionLifetimeMs,
      };
      const previousTokenHash = previousToken === undefined ? null : hashSecretToken(previousToken);
      const replaced = await db.run(insertSession, { session, checkedHash, previousTokenHash });
      openCalls.end(replaced ?? []);
      return replaced === null ? null : token;
    },

    async authenticate(token) {
      if (!isSecretToken(token)) {
        return null;
      }
      const now = clock();
      const session = await db.run(findSession, { tokenHash: hashSecretToken(token), now });
      if (!session) {
        return null;
      }
      const { session_id: sessionId, organisation_id: organisationId, owner_id: userId } = session;
      const expiresAt = now + sessionLifetimeMs;
      const write = () => db.run(touchSession, { organisationId, userId, sessionId, now, expiresAt });
      writeLastUse({ id: sessionId, lastUsedAt: session.last_seen_at, now, write });
      return { userId, organisationId, role: session.role, via: "session", credentialId: sessionId };
    },

    async end(token) {
      openCalls.end(await db.run(deleteSession, { tokenHash: hashSecretToken(token) }));
    },
    clearExpired: () => db.run(deleteExpiredSessions, { now: clock() }),
  };
}
