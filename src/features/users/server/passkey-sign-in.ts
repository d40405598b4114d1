// Signing in with a passkey: which one it is, whose, and whether its answer is fresh and signed by the device.
import type { AuthenticationResponseJSON } from "@simplewebauthn/server";
import * as z from "zod/mini";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { PasskeyRow, UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import * as store from "./passkey-store.ts";
import type { Sessions } from "./sessions.ts";
import type { Client, SignedIn } from "./sign-in.ts";
import type { SignInLimits } from "./sign-in-limits.ts";
import { createTickets, type Tickets } from "./sign-in-tickets.ts";
import { toUser } from "./users.ts";
import { bytesOf, loadWebAuthn, type Site, textOf, type WebAuthnMessage } from "./web-authn.ts";

export interface PasskeySignIn {
  beginSignIn(site: Site): Promise<WebAuthnMessage>;
  /** Throws passkey_refused, too_many_attempts. */
  signIn(credential: WebAuthnMessage, site: Site, client: Client): Promise<SignedIn>;
}

export interface PasskeySignInParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly limits: SignInLimits;
  readonly logger: Pick<Logger, "warn">;
}

export function createPasskeySignIn(parts: PasskeySignInParts): PasskeySignIn {
  const { clock, sessions, limits } = parts;
  const tickets = createTickets({ clock, purpose: "passkey-sign-in" });
  return {
    async beginSignIn({ host }) {
      const { generateAuthenticationOptions } = await loadWebAuthn();
      const challenge = bytesOf(tickets.issue({ host }));
      return { ...(await generateAuthenticationOptions({ rpID: host, challenge, userVerification: "required" })) };
    },

    async signIn(credential, site, { address, previousToken, userAgent }) {
      const signedIn = await limits.attempt({ address }, async () => {
        const row = await personOf(parts, tickets, credential, site);
        if (!row) {
          return null;
        }
        const checked = { organisationId: row.organisation_id, userId: row.id, checkedHash: row.password_hash };
        const token = await sessions.start(checked, previousToken, userAgent);
        return token === null ? null : { user: toUser(row), token };
      });
      if (!signedIn) {
        throw new AppError("passkey_refused");
      }
      return signedIn;
    },
  };
}

/** What must be there before anything is looked up; the library checks the rest. */
const Assertion = z.looseObject({ id: z.string(), response: z.looseObject({ userHandle: z.string() }) });

/** The person, if this is a fresh answer of a passkey of theirs, made for this host. */
async function personOf(
  parts: PasskeySignInParts,
  tickets: Tickets,
  credential: WebAuthnMessage,
  site: Site,
): Promise<UserRow | null> {
  const { db, clock } = parts;
  const assertion = z.safeParse(Assertion, credential);
  if (!assertion.success) {
    return null;
  }
  const { id: credentialId, response } = assertion.data;
  const found = await db.run(store.findPasskey, { credentialId, host: site.host });
  if (!found || textOf(response.userHandle) !== found.user.id) {
    return null;
  }
  const { passkey, user } = found;
  const newCounter = await verify(parts, tickets, passkey, credential, site);
  if (newCounter === null) {
    return null;
  }
  const owner = { organisationId: passkey.organisation_id, userId: passkey.owner_id };
  const used = { passkeyId: passkey.id, oldCounter: passkey.counter, newCounter, now: clock() };
  return (await db.run(store.usePasskey, { ...owner, ...used })) ? user : null;
}

/** The device's counter now, if its signature is right and the ticket in it is ours, which is spent then. */
async function verify(
  { logger }: Pick<PasskeySignInParts, "logger">,
  tickets: Tickets,
  passkey: PasskeyRow,
  credential: WebAuthnMessage,
  site: Site,
): Promise<number | null> {
  const { verifyAuthenticationResponse } = await loadWebAuthn();
  let challenge = "";
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: credential as unknown as AuthenticationResponseJSON,
      expectedChallenge: (given) => tickets.read((challenge = textOf(given)))?.["host"] === site.host,
      expectedOrigin: site.origin,
      expectedRPID: site.host,
      credential: {
        id: passkey.credential_id,
        publicKey: Buffer.from(passkey.public_key, "base64url"),
        counter: passkey.counter,
      },
      requireUserVerification: true,
    });
    return verified && tickets.spend(challenge) ? authenticationInfo.newCounter : null;
  } catch (error) {
    // What the library throws is about the message; a counter that went back may be a copy of the device's key.
    const { message } = error as Error;
    if (message.includes("counter")) {
      logger.warn({ event: "passkey-counter-went-back", problem: message });
    }
    return null;
  }
}
