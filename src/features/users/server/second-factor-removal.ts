// For somebody whose phone is lost: an admin, the owner or the command line takes the second proofs away. The password
// stays, so this lets nobody in who does not know it.
import type { Database } from "../../../platform/database/command.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Actor } from "./people-store.ts";
import { deleteEveryFactor, deleteManagedFactors } from "./second-factor-store.ts";

interface Dependencies {
  readonly db: Database;
  readonly openCalls: OpenCalls;
}

/** Two-factor and passkeys are gone, and every session ends: whoever has the phone has those too. */
export async function removeSecondFactors(
  { db, openCalls }: Dependencies,
  { organisationId, userId }: { readonly organisationId: string; readonly userId: string },
): Promise<void> {
  openCalls.end(await db.run(deleteEveryFactor, { organisationId, userId }));
}

/** The same, by an admin for a member, by an owner for anybody else. Throws user_not_found, not_allowed, own_account. */
export async function removeFactorsOf({ db, openCalls }: Dependencies, actor: Actor, userId: string): Promise<void> {
  openCalls.end(await db.run(deleteManagedFactors, { actor, userId }));
}
