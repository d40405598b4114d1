// Who was served when: what round robin between users needs to know, bounded in memory.
import type { UserShare } from "./plan-batch.ts";

const mostRememberedUsers = 10_000;

export interface UserTurns {
  readonly shares: ReadonlyMap<string, UserShare>;
  /** A prompt of this user was computed in this step. */
  serve(userId: string, step: number): void;
}

export function createUserTurns(): UserTurns {
  const shares = new Map<string, UserShare>();
  return {
    shares,
    serve(userId, step) {
      // Set anew, so that the map stays in the order of turns and the first one is the one to forget.
      shares.delete(userId);
      shares.set(userId, { weight: 1, lastTurn: step });
      if (shares.size <= mostRememberedUsers) return;
      for (const longestAgo of shares.keys()) {
        shares.delete(longestAgo);
        return;
      }
    },
  };
}
