// Who may change whom: owners everybody, admins the members. Whoever asks is looked up when it is done, not when they
// signed in.
import type { UserRole } from "../contract.ts";

/** What somebody may give, in an invitation or as a new role, is what they may manage. */
export function mayManage(role: UserRole, target: UserRole): boolean {
  return role === "owner" || (role === "admin" && target === "member");
}
