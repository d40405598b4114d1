// What proves a person beside the password, as it is stored: the sealed secret of their codes and hashed recovery codes.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import { type Actor, requireManaged } from "./people-store.ts";
import type { RecoveryCodeRow, SecondFactorRow } from "../../../platform/database/tables.ts";
import { endSessionsOf } from "./session-store.ts";

interface OfPerson {
  readonly organisationId: string;
  readonly userId: string;
}

export const findSecondFactor = readCommand(
  "secondFactors.find",
  async (
    db,
    { organisationId, userId }: OfPerson,
  ): Promise<{ factor: SecondFactorRow; recoveryCodesLeft: number } | undefined> => {
    const factor = await db
      .selectFrom("second_factors")
      .selectAll()
      .where("organisation_id", "=", organisationId)
      .where("owner_id", "=", userId)
      .executeTakeFirst();
    if (!factor) {
      return undefined;
    }
    const unused = await db
      .selectFrom("recovery_codes")
      .select("id")
      .where("organisation_id", "=", organisationId)
      .where("owner_id", "=", userId)
      .where("used_at", "is", null)
      .execute();
    return { factor, recoveryCodesLeft: unused.length };
  },
);

/** Begun and not confirmed, in the place of what was begun before; answers false where one is confirmed already. */
export const beginSecondFactor = writeCommand(
  "secondFactors.begin",
  async (db, { factor }: { factor: SecondFactorRow }): Promise<boolean> => {
    await db
      .deleteFrom("second_factors")
      .where("organisation_id", "=", factor.organisation_id)
      .where("owner_id", "=", factor.owner_id)
      .where("confirmed_at", "is", null)
      .execute();
    const added = await db
      .insertInto("second_factors")
      .values(factor)
      .onConflict((conflict) => conflict.column("owner_id").doNothing())
      .executeTakeFirst();
    return added.numInsertedOrUpdatedRows === 1n;
  },
);

/** Only the one whose code was right (`sealedSecret`); answers false where another was begun or confirmed meanwhile. */
export const confirmSecondFactor = writeCommand(
  "secondFactors.confirm",
  async (
    db,
    args: OfPerson & { sealedSecret: string; step: number; now: number; codes: readonly RecoveryCodeRow[] },
  ): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable("second_factors")
      .set({ confirmed_at: args.now, last_step: args.step })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("sealed_secret", "=", args.sealedSecret)
      .where("confirmed_at", "is", null)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) {
      return false;
    }
    await replaceCodes(db, args);
    return true;
  },
);

/** Answers false for a step that was used already, or one before it. */
export const useCodeStep = writeCommand(
  "secondFactors.useStep",
  async (db, args: OfPerson & { sealedSecret: string; step: number }): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable("second_factors")
      .set({ last_step: args.step })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("sealed_secret", "=", args.sealedSecret)
      .where("confirmed_at", "is not", null)
      .where("last_step", "<", args.step)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  },
);

/** Answers false for a code that is none of the person's, or was used. */
export const useRecoveryCode = writeCommand(
  "secondFactors.useRecoveryCode",
  async (db, args: OfPerson & { codeHash: string; now: number }): Promise<boolean> => {
    const { numUpdatedRows } = await db
      .updateTable("recovery_codes")
      .set({ used_at: args.now })
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("code_hash", "=", args.codeHash)
      .where("used_at", "is", null)
      .executeTakeFirst();
    return numUpdatedRows === 1n;
  },
);

/** Answers false where two-factor is not on (any more). */
export const replaceRecoveryCodes = writeCommand(
  "secondFactors.replaceRecoveryCodes",
  async (db, args: OfPerson & { codes: readonly RecoveryCodeRow[] }): Promise<boolean> => {
    const factor = await db
      .selectFrom("second_factors")
      .select("owner_id")
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .where("confirmed_at", "is not", null)
      .executeTakeFirst();
    if (!factor) {
      return false;
    }
    await replaceCodes(db, args);
    return true;
  },
);

export const deleteSecondFactor = writeCommand("secondFactors.delete", async (db, args: OfPerson): Promise<void> => {
  await deleteFactor(db, args);
});

/** For a lost phone: nothing but the password is left, and nobody is signed in; answers the ids of the sessions. */
export const deleteEveryFactor = writeCommand("secondFactors.deleteEvery", (db, args: OfPerson): Promise<string[]> =>
  deleteAll(db, args),
);

/**
 * The same, for somebody whom the actor may manage; not for oneself: whoever sits at a browser that was left open must prove
 * more. Throws user_not_found, not_allowed, own_account.
 */
export const deleteManagedFactors = writeCommand(
  "secondFactors.deleteManaged",
  async (db, args: { actor: Actor; userId: string }): Promise<string[]> => {
    const { row } = await requireManaged(db, args);
    if (args.actor.userId === args.userId) {
      throw new AppError("own_account");
    }
    return deleteAll(db, { organisationId: row.organisation_id, userId: row.id });
  },
);

async function deleteFactor(db: Transaction, { organisationId, userId }: OfPerson): Promise<void> {
  for (const table of ["recovery_codes", "second_factors"] as const) {
    await db.deleteFrom(table).where("organisation_id", "=", organisationId).where("owner_id", "=", userId).execute();
  }
}

async function deleteAll(db: Transaction, person: OfPerson): Promise<string[]> {
  await deleteFactor(db, person);
  await db
    .deleteFrom("passkeys")
    .where("organisation_id", "=", person.organisationId)
    .where("owner_id", "=", person.userId)
    .execute();
  return endSessionsOf(db, person);
}

async function replaceCodes(
  db: Transaction,
  { organisationId, userId, codes }: OfPerson & { codes: readonly RecoveryCodeRow[] },
): Promise<void> {
  await db
    .deleteFrom("recovery_codes")
    .where("organisation_id", "=", organisationId)
    .where("owner_id", "=", userId)
    .execute();
  await db
    .insertInto("recovery_codes")
    .values([...codes])
    .execute();
}

export const secondFactorCommands: AnyCommand[] = [
  findSecondFactor,
  beginSecondFactor,
  confirmSecondFactor,
  useCodeStep,
  useRecoveryCode,
  replaceRecoveryCodes,
  deleteSecondFactor,
  deleteEveryFactor,
  deleteManagedFactors,
];
