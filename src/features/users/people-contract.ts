// The people of an organisation as its admins see them: list, roles, removal; the links that let somebody in or set a
// new password. The token of such a link is in the fragment of its address and in request bodies, never in a URL that is sent.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";
import { page, PageQuery } from "../../contract/page.ts";
import { Language, NewPassword, User, UserEmail, UserName, UserRole } from "./contract.ts";

export const PersonState = z.enum(["active", "disabled", "removed"]);
export type PersonState = z.infer<typeof PersonState>;

export const Person = z.object({
  id: Id,
  name: z.string(),
  email: z.string(),
  role: UserRole,
  state: PersonState,
  /** Signing in with the password takes a code as well. */
  hasTwoFactor: z.boolean(),
  createdAt: Timestamp,
  /** In a browser; null: never. */
  lastSeenAt: z.nullable(Timestamp),
  /** Of a removed person: when everything of theirs is deleted for good. Until then the removal can be undone. */
  purgeAt: z.nullable(Timestamp),
});
export type Person = z.infer<typeof Person>;

/** What becomes of a removed person's chats: deleted now, or kept for 30 days, read by nobody, so that it can be undone. */
export const RemovedChats = z.enum(["delete", "keep"]);
export type RemovedChats = z.infer<typeof RemovedChats>;
export const keptRemovedDays = 30;

const personParams = z.object({ userId: Id });

export const listPeople = endpoint({
  method: "GET",
  path: "/api/people",
  summary: "List the people; `search` finds a part of a name or an email",
  access: "admin",
  query: z.extend(PageQuery, { search: z.optional(z.string().check(z.trim(), z.maxLength(100))) }),
  response: page(Person),
});

export const getPerson = endpoint({
  method: "GET",
  path: "/api/people/:userId",
  summary: "Read one person",
  access: "admin",
  resource: "user",
  params: personParams,
  response: Person,
});

export const changePerson = endpoint({
  method: "PATCH",
  path: "/api/people/:userId",
  summary: "Change a person's role, disable or enable them; it holds from their next request on, in open streams too",
  access: "admin",
  resource: "user",
  params: personParams,
  body: z.object({ role: z.optional(UserRole), disabled: z.optional(z.boolean()) }),
  response: Person,
});

export const removePerson = endpoint({
  method: "POST",
  path: "/api/people/:userId/remove",
  summary: "Remove a person; their sessions and API keys end at once",
  access: "admin",
  resource: "user",
  params: personParams,
  body: z.object({ chats: RemovedChats }),
});

export const restorePerson = endpoint({
  method: "POST",
  path: "/api/people/:userId/restore",
  summary: "Undo a removal whose chats were kept",
  access: "admin",
  resource: "user",
  params: personParams,
  response: Person,
});

export const removeSecondFactors = endpoint({
  method: "DELETE",
  path: "/api/people/:userId/second-factors",
  summary: "Take two-factor and passkeys off the account of a person whose phone is lost; their sessions end",
  access: "admin",
  resource: "user",
  params: personParams,
});

export const leave = endpoint({
  method: "POST",
  path: "/api/me/leave",
  summary: "Give up one's own account",
  access: "member",
  /** `proof`: the password, or a code where two-factor is on. */
  body: z.object({ proof: z.string().check(z.maxLength(1000)), chats: RemovedChats }),
});

export const invitationDays = [1, 7, 30] as const;

export const InvitationState = z.enum(["open", "accepted", "expired"]);

export const Invitation = z.object({
  id: Id,
  role: UserRole,
  /** Whom it is for, in the words of whoever made it; may be empty. */
  note: z.string(),
  state: InvitationState,
  /** null: somebody at the server's terminal. */
  invitedBy: z.nullable(z.string()),
  createdAt: Timestamp,
  expiresAt: Timestamp,
  acceptedBy: z.nullable(z.object({ id: Id, name: z.string() })),
});
export type Invitation = z.infer<typeof Invitation>;

export const InvitationNote = z.string().check(z.trim(), z.maxLength(200));

export const listInvitations = endpoint({
  method: "GET",
  path: "/api/invitations",
  summary: "List the invitations, the newest first",
  access: "admin",
  query: PageQuery,
  response: page(Invitation),
});

export const createInvitation = endpoint({
  method: "POST",
  path: "/api/invitations",
  summary: "Make a link that lets one person in; it is in this answer only",
  access: "admin",
  body: z.object({
    role: UserRole,
    note: z.optional(InvitationNote),
    days: z.optional(z.union([z.literal(1), z.literal(7), z.literal(30)])),
  }),
  response: z.object({ invitation: Invitation, url: z.string() }),
  status: 201,
});

export const withdrawInvitation = endpoint({
  method: "DELETE",
  path: "/api/invitations/:invitationId",
  summary: "Withdraw an invitation; its link no longer works",
  access: "admin",
  resource: "invitation",
  params: z.object({ invitationId: Id }),
});

const LinkToken = z.string().check(z.maxLength(200));

export const lookAtInvitation = endpoint({
  method: "POST",
  path: "/api/invitations/look",
  summary: "What an invitation link is for",
  access: "public",
  body: z.object({ token: LinkToken }),
  response: z.object({
    /** Empty while the organisation has no name. */
    organisation: z.string(),
    role: UserRole,
    invitedBy: z.nullable(z.string()),
    expiresAt: Timestamp,
  }),
});

export const acceptInvitation = endpoint({
  method: "POST",
  path: "/api/invitations/accept",
  summary: "Make one's account with an invitation link and sign in",
  access: "public",
  body: z.object({
    token: LinkToken,
    name: UserName,
    email: UserEmail,
    password: NewPassword,
    language: z.optional(Language),
  }),
  response: User,
  status: 201,
});

export const createResetLink = endpoint({
  method: "POST",
  path: "/api/people/:userId/reset-link",
  summary: "Make a link with which a person sets a new password; it is in this answer only and replaces an earlier one",
  access: "admin",
  resource: "user",
  params: personParams,
  response: z.object({ url: z.string(), expiresAt: Timestamp }),
  status: 201,
});

export const lookAtResetLink = endpoint({
  method: "POST",
  path: "/api/reset-links/look",
  summary: "Whose password a reset link sets",
  access: "public",
  body: z.object({ token: LinkToken }),
  response: z.object({ name: z.string(), email: z.string(), expiresAt: Timestamp }),
});

export const applyResetLink = endpoint({
  method: "POST",
  path: "/api/reset-links/apply",
  summary: "Set a new password with a reset link; every session of the person ends",
  access: "public",
  body: z.object({ token: LinkToken, password: NewPassword }),
});
