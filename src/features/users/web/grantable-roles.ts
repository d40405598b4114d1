import type { UserRole } from "../contract.ts";

/** What this one may make others; the server decides anyway. */
export function grantableRoles(own: UserRole): readonly UserRole[] {
  return own === "owner" ? ["member", "admin", "owner"] : ["member"];
}
