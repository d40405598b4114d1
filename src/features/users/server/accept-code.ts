// Whether what somebody typed proves that they have the phone, or a recovery code for it. Either is used up by that.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { Secrets } from "../../../platform/secrets/secrets.ts";
import { stepOfCode } from "./one-time-codes.ts";
import { hashRecoveryCode } from "./recovery-codes.ts";
import * as store from "./second-factor-store.ts";
import type { SignInLimits } from "./sign-in-limits.ts";

export interface PersonId {
  readonly organisationId: string;
  readonly userId: string;
}

export interface SecondFactorDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly limits: SignInLimits;
}

/** What the secret of a person's codes is sealed for. */
export function secretPurposeOf({ userId }: PersonId): string {
  return `second-factor:${userId}`;
}

/** Throws too_many_attempts. */
export async function acceptsCode(
  parts: SecondFactorDependencies,
  person: PersonId,
  typed: string,
  address: string,
): Promise<boolean> {
  const digits = asciiDigits(typed).replace(/[\s-]/g, "");
  if (/^\d{6}$/.test(digits)) {
    return acceptsPhoneCode(parts, person, digits, address);
  }
  const codeHash = hashRecoveryCode(typed);
  return codeHash !== null && acceptsRecoveryCode(parts, person, codeHash, address);
}

async function acceptsPhoneCode(
  { db, clock, secrets, limits }: SecondFactorDependencies,
  person: PersonId,
  code: string,
  address: string,
): Promise<boolean> {
  const found = await db.run(store.findSecondFactor, person);
  if (!found?.factor.confirmed_at) {
    return false;
  }
  const { sealed_secret: sealedSecret } = found.factor;
  const secret = secrets.open(sealedSecret, secretPurposeOf(person));
  const accepted = await limits.attempt({ address, code: person.userId }, async () => {
    const step = stepOfCode(secret, code, clock());
    return (step !== null && (await db.run(store.useCodeStep, { ...person, sealedSecret, step }))) || null;
  });
  return accepted !== null;
}

async function acceptsRecoveryCode(
  { db, clock, limits }: SecondFactorDependencies,
  person: PersonId,
  codeHash: string,
  address: string,
): Promise<boolean> {
  const accepted = await limits.attempt(
    { address },
    async () => (await db.run(store.useRecoveryCode, { ...person, codeHash, now: clock() })) || null,
  );
  return accepted !== null;
}

/** A phone may write digits in its owner's script: Bengali and Devanagari, Arabic. */
export function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = [0x30, 0x9_e6, 0x9_66, 0x6_60, 0x6_f0].find((start) => code >= start && code <= start + 9);
    return zero === undefined ? digit : String(code - zero);
  });
}
