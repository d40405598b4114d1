// Who is signed in in which browser. The browser holds a random token, the database its hash; signing out, disabling a
// person or a new password ends a session with the next request, since every request looks it up, and its open calls at once.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { createLastUseWriter } from "../../../platform/last-use.ts";
import { newId } from "../../../platform/new-id.ts";
import { hashSecretToken, isSecretToken, newSecretToken } from "../../../platform/secret-token.ts";
import type { Session } from "../sign-in-contract.ts";
import { describeUserAgent } from "./user-agent.ts";
import {
  deleteExpiredSessions,
  deleteOwnSessions,
  deleteSession,
  findSession,
  insertSession,
  listSessions,
  touchSession,
} from "./session-store.ts";

/** A session ends this long after it was last used. */
export const sessionLifetimeMs = 30 * 24 * 3_600_000;

/** Real ones have up to some 250. */
const maxUserAgentCharacters = 400;

export interface Sessions {
  /**
   * Answers the token for the browser; null when the person was disabled or got another password since `checkedHash`
   * was compared. `previousToken`: the session that this one replaces. `userAgent`: as the browser calls itself.
   */
  start(user: CheckedUser, previousToken?: string, userAgent?: string): Promise<string | null>;
  /** Answers who holds the token; null for a token that is unknown, expired or of a disabled person. */
  authenticate(token: string): Promise<Principal | null>;
  end(token: string): Promise<void>;
  /** One's own, the last used first. */
  list(principal: Principal): Promise<Session[]>;
  /** Throws session_not_found, also for a session of somebody else. */
  endOne(principal: Principal, sessionId: string): Promise<void>;
  endOthers(principal: Principal): Promise<void>;
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
    async start({ organisationId, userId, checkedHash }, previousToken, userAgent) {
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
        user_agent: userAgent?.slice(0, maxUserAgentCharacters) ?? null,
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
    list: (principal) => listOwn(db, principal, clock()),
    async endOne({ organisationId, userId }, sessionId) {
      const ended = await db.run(deleteOwnSessions, { organisationId, userId, sessionId });
      if (ended.length === 0) {
        throw new AppError("session_not_found");
      }
      openCalls.end(ended);
    },
    async endOthers({ organisationId, userId, credentialId }) {
      openCalls.end(await db.run(deleteOwnSessions, { organisationId, userId, exceptId: credentialId }));
    },
    clearExpired: () => db.run(deleteExpiredSessions, { now: clock() }),
  };
}

async function listOwn(
  db: Database,
  { organisationId, userId, credentialId }: Principal,
  now: number,
): Promise<Session[]> {
  const rows = await db.run(listSessions, { organisationId, userId, now });
  return rows.map((row) => ({
    id: row.id,
    ...describeUserAgent(row.user_agent ?? ""),
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    isThisOne: row.id === credentialId,
  }));
}
