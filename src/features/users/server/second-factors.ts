// Two-factor: codes of an app on a phone, and recovery codes for the day on which the phone is lost. Whose secret it is,
// is part of what it is sealed for: a row copied to another person opens nothing.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { RecoveryCodeRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import type { Secrets } from "../../../platform/secrets/secrets.ts";
import type { SecondFactorState } from "../sign-in-contract.ts";
import { readServerName } from "./organisation.ts";
import { codeAddress, newCodeSecret, stepOfCode } from "./one-time-codes.ts";
import { hashRecoveryCode, newRecoveryCodes } from "./recovery-codes.ts";
import type { SignInLimits } from "./sign-in-limits.ts";
import * as store from "./second-factor-store.ts";

export interface PersonId {
  readonly organisationId: string;
  readonly userId: string;
}

export interface SecondFactors {
  stateOf(person: PersonId): Promise<SecondFactorState>;
  isOn(person: PersonId): Promise<boolean>;
  /** Whether it is a code of the phone or a recovery code of this person; it is used up then. Throws too_many_attempts. */
  accepts(person: PersonId, code: string, address: string): Promise<boolean>;
  /** A new secret, which counts once it is confirmed. Throws second_factor_on. */
  begin(person: PersonId, email: string): Promise<{ secret: string; address: string }>;
  /** Answers the recovery codes, which are shown once. Throws wrong_code, second_factor_off, too_many_attempts. */
  confirm(person: PersonId, code: string, address: string): Promise<string[]>;
  /** In the place of those there were; shown once. Throws second_factor_off. */
  renewRecoveryCodes(person: PersonId): Promise<string[]>;
  turnOff(person: PersonId): Promise<void>;
}

export interface SecondFactorDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly limits: SignInLimits;
}

const purposeOf = ({ userId }: PersonId): string => `second-factor:${userId}`;

export function createSecondFactors({ db, clock, secrets, limits }: SecondFactorDependencies): SecondFactors {
  async function acceptsPhoneCode(person: PersonId, code: string, address: string): Promise<boolean> {
    const found = await db.run(store.findSecondFactor, person);
    if (!found?.factor.confirmed_at) {
      return false;
    }
    const { sealed_secret: sealedSecret } = found.factor;
    const secret = secrets.open(sealedSecret, purposeOf(person));
    const accepted = await limits.attempt({ address, code: person.userId }, async () => {
      const step = stepOfCode(secret, code, clock());
      return (step !== null && (await db.run(store.useCodeStep, { ...person, sealedSecret, step }))) || null;
    });
    return accepted !== null;
  }

  async function acceptsRecoveryCode(person: PersonId, codeHash: string, address: string): Promise<boolean> {
    const accepted = await limits.attempt(
      { address },
      async () => (await db.run(store.useRecoveryCode, { ...person, codeHash, now: clock() })) || null,
    );
    return accepted !== null;
  }

  return {
    async stateOf(person) {
      const found = await db.run(store.findSecondFactor, person);
      const onSince = found?.factor.confirmed_at ?? null;
      return { onSince, recoveryCodesLeft: onSince === null ? 0 : (found?.recoveryCodesLeft ?? 0) };
    },

    async isOn(person) {
      return Boolean((await db.run(store.findSecondFactor, person))?.factor.confirmed_at);
    },

    async accepts(person, typed, address) {
      const digits = asciiDigits(typed).replace(/[\s-]/g, "");
      if (/^\d{6}$/.test(digits)) {
        return acceptsPhoneCode(person, digits, address);
      }
      const codeHash = hashRecoveryCode(typed);
      return codeHash !== null && acceptsRecoveryCode(person, codeHash, address);
    },

    async begin(person, email) {
      const secret = newCodeSecret();
      const factor = {
        owner_id: person.userId,
        organisation_id: person.organisationId,
        sealed_secret: secrets.seal(secret, purposeOf(person)),
        last_step: 0,
        created_at: clock(),
        confirmed_at: null,
      };
      if (!(await db.run(store.beginSecondFactor, { factor }))) {
        throw new AppError("second_factor_on");
      }
      return { secret, address: codeAddress(secret, email, await readServerName(db, person.organisationId)) };
    },

    async confirm(person, typed, address) {
      const factor = (await db.run(store.findSecondFactor, person))?.factor;
      if (!factor || factor.confirmed_at !== null) {
        throw new AppError(factor ? "second_factor_on" : "second_factor_off");
      }
      const secret = secrets.open(factor.sealed_secret, purposeOf(person));
      const code = asciiDigits(typed).replace(/\s/g, "");
      const step = await limits.attempt({ address, code: person.userId }, async () =>
        stepOfCode(secret, code, clock()),
      );
      if (step === null) {
        throw new AppError("wrong_code");
      }
      const codes = newRecoveryCodes();
      const rows = toRows(person, codes, clock());
      const confirmed = { ...person, sealedSecret: factor.sealed_secret, step, now: clock(), codes: rows };
      if (!(await db.run(store.confirmSecondFactor, confirmed))) {
        throw new AppError("wrong_code");
      }
      return codes;
    },

    async renewRecoveryCodes(person) {
      const codes = newRecoveryCodes();
      if (!(await db.run(store.replaceRecoveryCodes, { ...person, codes: toRows(person, codes, clock()) }))) {
        throw new AppError("second_factor_off");
      }
      return codes;
    },

    turnOff: (person) => db.run(store.deleteSecondFactor, person),
  };
}

function toRows({ organisationId, userId }: PersonId, codes: readonly string[], now: number): RecoveryCodeRow[] {
  return codes.map((code) => ({
    id: newId(),
    organisation_id: organisationId,
    owner_id: userId,
    code_hash: hashRecoveryCode(code) ?? "",
    created_at: now,
    used_at: null,
  }));
}

/** A phone may write digits in its owner's script: Bengali and Devanagari, Arabic. */
function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = [0x30, 0x9_e6, 0x9_66, 0x6_60, 0x6_f0].find((start) => code >= start && code <= start + 9);
    return zero === undefined ? digit : String(code - zero);
  });
}
