// Two-factor: codes of an app on a phone, and recovery codes for the day on which the phone is lost. Whose secret it is,
// is part of what it is sealed for: a row copied to another person opens nothing.
import type { RecoveryCodeRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import type { SecondFactorState } from "../sign-in-contract.ts";
import {
  acceptsCode,
  asciiDigits,
  type PersonId,
  type SecondFactorDependencies,
  secretPurposeOf,
} from "./accept-code.ts";
import { readServerName } from "./organisation.ts";
import { codeAddress, newCodeSecret, stepOfCode } from "./one-time-codes.ts";
import { hashRecoveryCode, newRecoveryCodes } from "./recovery-codes.ts";
import * as store from "./second-factor-store.ts";

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

export function createSecondFactors(parts: SecondFactorDependencies): SecondFactors {
  const { db, clock, secrets, limits } = parts;
  return {
    async stateOf(person) {
      const found = await db.run(store.findSecondFactor, person);
      const onSince = found?.factor.confirmed_at ?? null;
      return { onSince, recoveryCodesLeft: onSince === null ? 0 : (found?.recoveryCodesLeft ?? 0) };
    },

    async isOn(person) {
      return Boolean((await db.run(store.findSecondFactor, person))?.factor.confirmed_at);
    },

    accepts: (...code) => acceptsCode(parts, ...code),

    async begin(person, email) {
      const secret = newCodeSecret();
      const factor = {
        owner_id: person.userId,
        organisation_id: person.organisationId,
        sealed_secret: secrets.seal(secret, secretPurposeOf(person)),
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
      const secret = secrets.open(factor.sealed_secret, secretPurposeOf(person));
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
