// One's own ways in: the password, the sessions, two-factor and passkeys; and the second step of signing in.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";
import { Id, Timestamp } from "../../contract/id.ts";
import { NewPassword, User } from "./contract.ts";

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

/** Of the phone (six digits) or a recovery code. */
const Code = z.string().check(z.minLength(1), z.maxLength(100));
/** The password, or a code where two-factor is on. */
const Proof = z.string().check(z.minLength(1), z.maxLength(1000));

export const takeSecondStep = endpoint({
  method: "POST",
  path: "/api/session/second-step",
  summary: "Finish signing in with a code of the phone or a recovery code",
  access: "public",
  body: z.object({ code: Code }),
  response: User,
});

export const SecondFactorState = z.object({
  /** null: two-factor is off. */
  onSince: z.nullable(Timestamp),
  recoveryCodesLeft: z.number(),
});
export type SecondFactorState = z.infer<typeof SecondFactorState>;

export const getSecondFactor = endpoint({
  method: "GET",
  path: "/api/me/second-factor",
  summary: "Whether two-factor is on",
  access: "member",
  response: SecondFactorState,
});

export const beginSecondFactor = endpoint({
  method: "POST",
  path: "/api/me/second-factor",
  summary: "Make the secret for an app on the phone; it counts once a code confirms it",
  access: "member",
  body: z.object({ proof: Proof }),
  /** `address` is what the QR code says. */
  response: z.object({ secret: z.string(), address: z.string() }),
  status: 201,
});

/** Shown once. */
const RecoveryCodes = z.object({ recoveryCodes: z.array(z.string()) });

export const confirmSecondFactor = endpoint({
  method: "POST",
  path: "/api/me/second-factor/confirm",
  summary: "Turn two-factor on with a first code of the phone",
  access: "member",
  body: z.object({ code: Code }),
  response: RecoveryCodes,
});

export const renewRecoveryCodes = endpoint({
  method: "POST",
  path: "/api/me/second-factor/recovery-codes",
  summary: "Make new recovery codes; the old ones stop working",
  access: "member",
  body: z.object({ proof: Proof }),
  response: RecoveryCodes,
});

export const turnOffSecondFactor = endpoint({
  method: "POST",
  path: "/api/me/second-factor/turn-off",
  summary: "Turn two-factor off",
  access: "member",
  body: z.object({ proof: Proof }),
});

/** What the browser's own passkey functions take and give, in their JSON form. */
const PasskeyMessage = z.record(z.string(), z.unknown());
const PasskeyName = z.string().check(z.trim(), z.minLength(1), z.maxLength(100));

export const Passkey = z.object({
  id: Id,
  name: z.string(),
  /** The host name at which it works. */
  host: z.string(),
  createdAt: Timestamp,
  lastUsedAt: z.nullable(Timestamp),
});
export type Passkey = z.infer<typeof Passkey>;

export const listPasskeys = endpoint({
  method: "GET",
  path: "/api/me/passkeys",
  summary: "List own passkeys",
  access: "member",
  response: z.object({ items: z.array(Passkey) }),
});

export const beginPasskey = endpoint({
  method: "POST",
  path: "/api/me/passkeys/options",
  summary: "What the browser needs to make a passkey",
  access: "member",
  body: z.object({ proof: Proof }),
  response: z.object({ options: PasskeyMessage }),
});

export const addPasskey = endpoint({
  method: "POST",
  path: "/api/me/passkeys",
  summary: "Add the passkey that the browser made",
  access: "member",
  body: z.object({ name: PasskeyName, credential: PasskeyMessage }),
  response: Passkey,
  status: 201,
});

export const renamePasskey = endpoint({
  method: "PATCH",
  path: "/api/me/passkeys/:passkeyId",
  summary: "Rename a passkey",
  access: "member",
  resource: "passkey",
  params: z.object({ passkeyId: Id }),
  body: z.object({ name: PasskeyName }),
  response: Passkey,
});

export const removePasskey = endpoint({
  method: "DELETE",
  path: "/api/me/passkeys/:passkeyId",
  summary: "Remove a passkey; it no longer signs anybody in",
  access: "member",
  resource: "passkey",
  params: z.object({ passkeyId: Id }),
});

export const beginPasskeySignIn = endpoint({
  method: "POST",
  path: "/api/session/passkey/options",
  summary: "What the browser needs to sign in with a passkey; the same for everybody",
  access: "public",
  response: z.object({ options: PasskeyMessage }),
});

export const signInWithPasskey = endpoint({
  method: "POST",
  path: "/api/session/passkey",
  summary: "Sign in with a passkey; it counts as both steps",
  access: "public",
  body: z.object({ credential: PasskeyMessage }),
  response: User,
});
