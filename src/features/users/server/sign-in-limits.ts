// How often one may try to prove who one is, in one place for all ways of trying. Only attempts that failed count.
import type { Clock } from "../../../platform/clock.ts";
import { addressKey, createRateLimit } from "./rate-limit.ts";

/** An office behind one address may mistype more often than one person. */
const limits = {
  account: { burst: 10, refillMs: 60_000 },
  address: { burst: 30, refillMs: 10_000 },
  // Three of a million codes are right at any time: at this pace a guesser who has the password needs years.
  code: { burst: 10, refillMs: 300_000 },
};

export interface Attempt {
  readonly address: string;
  /** The email whose password is tried. */
  readonly account?: string;
  /** The id of the person whose six-digit code is tried: apart from passwords, so that neither guesser locks the other way. */
  readonly code?: string;
}

export interface SignInLimits {
  /** Does the work and answers what it does; null means that the attempt failed and counts. Throws too_many_attempts. */
  attempt<Result>(attempt: Attempt, work: () => Promise<Result | null>): Promise<Result | null>;
}

export function createSignInLimits(clock: Clock): SignInLimits {
  const byAddress = createRateLimit({ clock, ...limits.address });
  const byAccount = createRateLimit({ clock, ...limits.account });
  const byCode = createRateLimit({ clock, ...limits.code });
  return {
    async attempt({ address, account, code }, work) {
      const buckets = [
        { limit: byAddress, key: addressKey(address) },
        ...(account === undefined ? [] : [{ limit: byAccount, key: account }]),
        ...(code === undefined ? [] : [{ limit: byCode, key: code }]),
      ];
      buckets.forEach(({ limit, key }) => limit.take(key));
      const result = await work();
      if (result !== null) {
        buckets.forEach(({ limit, key }) => limit.giveBack(key));
      }
      return result;
    },
  };
}
