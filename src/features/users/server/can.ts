// The one place that says who may do what with something that is owned. Being an admin opens nobody's chats.
import type { Principal } from "../../../platform/http/principal.ts";

export type Action = "read" | "write" | "delete" | "share";

/** What a grant gives; writing includes reading. */
export type Right = "read" | "write";

export interface OwnedResource {
  readonly organisationId: string;
  readonly ownerId: string;
  /** What has been granted to the one who asks. */
  readonly grants?: readonly Right[];
}

export function can(
  user: Pick<Principal, "userId" | "organisationId" | "role">,
  action: Action,
  resource: OwnedResource,
): boolean {
  if (user.organisationId !== resource.organisationId) {
    return false;
  }
  if (user.userId === resource.ownerId) {
    return true;
  }
  const grants = resource.grants ?? [];
  switch (action) {
    case "read":
      return grants.includes("read") || grants.includes("write");
    case "write":
      return grants.includes("write");
    case "delete":
    case "share":
      return false;
  }
}
