// People and their sessions. The first account is the owner's and needs the one-time link that the server prints.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";

export const minPasswordCharacters = 10;

export const Language = z.enum(["en", "bn"]);
export type Language = z.infer<typeof Language>;
export const Theme = z.enum(["system", "light", "dark"]);
export type Theme = z.infer<typeof Theme>;
export const UserRole = z.enum(["owner", "admin", "member"]);
export type UserRole = z.infer<typeof UserRole>;

export const User = z.object({
  id: Id,
  name: z.string(),
  email: z.string(),
  role: UserRole,
  /** null: as the browser says. */
  language: z.nullable(Language),
  theme: Theme,
  createdAt: Timestamp,
});
export type User = z.infer<typeof User>;

export const UserName = z.string().check(z.trim(), z.minLength(1), z.maxLength(100));
export const UserEmail = z
  .string()
  .check(z.trim(), z.toLowerCase(), z.maxLength(254), z.regex(/^[^\s@]+@[^\s@]+$/, "must be an email address"));
export const NewPassword = z.string().check(z.minLength(minPasswordCharacters), z.maxLength(1000));

export const getServerState = endpoint({
  method: "GET",
  path: "/api/server",
  summary: "What a browser needs before anyone has signed in",
  access: "public",
  response: z.object({
    ownerExists: z.boolean(),
    version: z.string(),
    /** Whose server it is; empty while the organisation has no name. */
    organisation: z.string(),
  }),
});

export const claimServer = endpoint({
  method: "POST",
  path: "/api/setup",
  summary: "Create the owner's account with the one-time token and sign in",
  access: "public",
  body: z.object({
    token: z.string().check(z.maxLength(200)),
    name: UserName,
    email: UserEmail,
    password: NewPassword,
    language: z.optional(Language),
  }),
  response: User,
  status: 201,
});

export const signIn = endpoint({
  method: "POST",
  path: "/api/session",
  summary: "Sign in",
  access: "public",
  body: z.object({ email: UserEmail, password: z.string().check(z.maxLength(1000)) }),
  /** Whoever has two-factor is not signed in yet: the browser holds a ticket for the second step now. */
  response: z.union([User, z.object({ isSecondStepNeeded: z.literal(true) })]),
});

export const signOut = endpoint({ method: "DELETE", path: "/api/session", summary: "Sign out", access: "public" });

export const getMe = endpoint({
  method: "GET",
  path: "/api/me",
  summary: "Who is signed in",
  access: "member",
  response: User,
});

export const updateMe = endpoint({
  method: "PATCH",
  path: "/api/me",
  summary: "Change own name, language or theme",
  access: "member",
  body: z.object({ name: z.optional(UserName), language: z.optional(z.nullable(Language)), theme: z.optional(Theme) }),
  response: User,
});
