// Somebody who is signed in shows once more that it is them, before anything that decides who gets in: an unlocked
// machine alone must not be enough to take an account over.
import type { Database } from "../../../platform/database/command.ts";
import type { UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import type { Passwords } from "./password.ts";
import type { SignInLimits } from "./sign-in-limits.ts";
import type { SecondFactors } from "./second-factors.ts";
import { findUser } from "./user-store.ts";

/** With the password, or a code where two-factor is on. Throws wrong_proof, too_many_attempts. */
export async function prove(
  dependencies: ProofDependencies & { readonly secondFactors: SecondFactors },
  principal: Principal,
  proof: string,
  address: string,
): Promise<void> {
  // Only what can be a code is tried as one; a password that looks like one is tried as both.
  if (!(await dependencies.secondFactors.accepts(principal, proof, address))) {
    await proveWithPassword(dependencies, principal, proof, address);
  }
}

export interface ProofDependencies {
  readonly db: Database;
  readonly passwords: Passwords;
  /** Shared with signing in: a session is no way around its limits. */
  readonly limits: SignInLimits;
}

/** Answers the person as stored, whose password it was. Throws wrong_proof, too_many_attempts. */
export async function proveWithPassword(
  { db, passwords, limits }: ProofDependencies,
  { organisationId, userId }: Principal,
  password: string,
  address: string,
): Promise<UserRow> {
  const row = await db.run(findUser, { organisationId, userId });
  if (!row) {
    throw new AppError("not_signed_in");
  }
  const proven = await limits.attempt({ address, account: row.email }, async () => {
    const { matches } = await passwords.verify(password, row.password_hash);
    return matches || null;
  });
  if (proven === null) {
    throw new AppError("wrong_proof");
  }
  return row;
}
