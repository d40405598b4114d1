// Everything that signing in is made of, on a test's database and clock, at a price that a test can pay.
import { randomBytes } from "node:crypto";
import { createOwnerLink } from "../../src/features/users/server/owner-link.ts";
import { createPasswords, type PasswordCost, type Passwords } from "../../src/features/users/server/password.ts";
import { createSecondFactors } from "../../src/features/users/server/second-factors.ts";
import { createSessions } from "../../src/features/users/server/sessions.ts";
import { createSignIn, type SignedIn, type SignIn } from "../../src/features/users/server/sign-in.ts";
import { createSignInLimits } from "../../src/features/users/server/sign-in-limits.ts";
import type { Database } from "../../src/platform/database/command.ts";
import { createOpenCalls } from "../../src/platform/http/open-calls.ts";
import { createSecrets } from "../../src/platform/secrets/secrets.ts";

export const cheapCost: PasswordCost = { memoryKib: 8, passes: 1 };

export function createSignInParts(db: Database, passwords: Passwords = createPasswords(cheapCost)) {
  const time = { now: 1_700_000_000_000 };
  const clock = (): number => time.now;
  const openCalls = createOpenCalls();
  const limits = createSignInLimits(clock);
  const sessions = createSessions({ db, clock, openCalls });
  const secrets = createSecrets(randomBytes(32));
  const secondFactors = createSecondFactors({ db, clock, secrets, limits });
  const ownerLink = createOwnerLink();
  const parts = { db, time, clock, passwords, openCalls, limits, sessions, secrets, secondFactors, ownerLink };
  return { ...parts, signIn: createSignIn(parts) };
}

/** Signing in of people without two-factor. */
export function inOneStep(signIn: SignIn): Omit<SignIn, "withPassword"> & {
  withPassword(...args: Parameters<SignIn["withPassword"]>): Promise<SignedIn>;
} {
  return {
    ...signIn,
    async withPassword(...args) {
      const entered = await signIn.withPassword(...args);
      if ("ticket" in entered) throw new Error("A second step is needed.");
      return entered;
    },
  };
}
