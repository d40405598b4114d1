// For somebody whose phone is lost: an admin, the owner or the command line takes the second proofs away. The password
// stays, so this lets nobody in who does not know it.
import type { Database } from "../../../platform/database/command.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import { deleteEveryFactor } from "./second-factor-store.ts";

/** Two-factor and passkeys are gone, and every session ends: whoever has the phone has those too. */
export async function removeSecondFactors(
  { db, openCalls }: { readonly db: Database; readonly openCalls: OpenCalls },
  { organisationId, userId }: { readonly organisationId: string; readonly userId: string },
): Promise<void> {
  openCalls.end(await db.run(deleteEveryFactor, { organisationId, userId }));
}
