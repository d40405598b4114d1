// One's own ways in: the password, the sessions, two-factor and passkeys; and the second step of signing in.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";
import { NewPassword } from "./contract.ts";

const Password = z.string().check(z.maxLength(1000));

export const changePassword = endpoint({
  method: "POST",
  path: "/api/me/password",
  summary: "Change own password; every other session ends",
  access: "member",
  body: z.object({ currentPassword: Password, newPassword: NewPassword }),
});

export const Session = z.object({
  id: Id,
  /** Names of products, as the browser says; null where it does not. */
  browser: z.nullable(z.string()),
  system: z.nullable(z.string()),
  createdAt: Timestamp,
  lastSeenAt: Timestamp,
  isThisOne: z.boolean(),
});
export type Session = z.infer<typeof Session>;

export const listSessions = endpoint({
  method: "GET",
  path: "/api/me/sessions",
  summary: "Where one is signed in",
  access: "member",
  response: z.object({ items: z.array(Session) }),
});

export const endSession = endpoint({
  method: "DELETE",
  path: "/api/me/sessions/:sessionId",
  summary: "Sign out somewhere",
  access: "member",
  resource: "session",
  params: z.object({ sessionId: Id }),
});

export const endOtherSessions = endpoint({
  method: "DELETE",
  path: "/api/me/sessions",
  summary: "Sign out everywhere else",
  access: "member",
});
