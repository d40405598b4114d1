import type { Database } from "../../src/platform/database/command.ts";
import { changePerson } from "../../src/features/users/server/people-store.ts";

/** As the command line does it, where a test has a database alone. */
export async function setDisabled(
  db: Database,
  { organisationId, userId }: { organisationId: string; userId: string },
  disabled: boolean,
): Promise<void> {
  const actor = { organisationId, userId: null };
  await db.run(changePerson, { actor, userId, role: undefined, disabled, now: 1 });
}
