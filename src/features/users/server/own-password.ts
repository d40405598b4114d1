// Changing one's own password.
import { AppError } from "../../../platform/errors.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { hashNewPassword } from "./new-password.ts";
import { type ProofDependencies, proveWithPassword } from "./prove-oneself.ts";
import { changePasswordHash } from "./session-store.ts";

/**
 * Every other session ends, with what it has open; API keys and passkeys stay. Throws wrong_proof, password_too_common,
 * too_many_attempts.
 */
export async function changePassword(
  dependencies: ProofDependencies & { readonly openCalls: OpenCalls },
  principal: Principal,
  { currentPassword, newPassword }: { currentPassword: string; newPassword: string },
  address: string,
): Promise<void> {
  const { db, passwords, openCalls } = dependencies;
  const row = await proveWithPassword(dependencies, principal, currentPassword, address);
  const newHash = await hashNewPassword(passwords, newPassword, row);
  const { organisationId, userId, credentialId } = principal;
  const checked = { organisationId, userId, checkedHash: row.password_hash };
  const ended = await db.run(changePasswordHash, { ...checked, newHash, exceptId: credentialId });
  if (ended === null) {
    throw new AppError("wrong_proof");
  }
  openCalls.end(ended);
}
