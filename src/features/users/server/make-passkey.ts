// Making a passkey: the browser is asked for one with a ticket as its challenge, and what it made is checked and stored.
import type { RegistrationResponseJSON } from "@simplewebauthn/server";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { PasskeyRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import { readServerName } from "./organisation.ts";
import * as store from "./passkey-store.ts";
import type { PersonId } from "./accept-code.ts";
import { createTickets, type Tickets } from "./sign-in-tickets.ts";
import { bytesOf, loadWebAuthn, type Site, textOf, type WebAuthnMessage } from "./web-authn.ts";

export interface PasskeyMaking {
  begin(person: PersonId, names: { email: string; name: string }, site: Site): Promise<WebAuthnMessage>;
  /** Throws passkey_refused. */
  add(person: PersonId, made: { name: string; credential: WebAuthnMessage }, site: Site): Promise<PasskeyRow>;
}

/** EdDSA, ES256, RS256 (COSE): what devices have today. The library's own list tries out experimental ones of Node.js. */
const algorithms = [-8, -7, -257];

export function createPasskeyMaking({ db, clock }: { readonly db: Database; readonly clock: Clock }): PasskeyMaking {
  const tickets = createTickets({ clock, purpose: "passkey-making" });
  return {
    async begin(person, { email, name }, { host }) {
      const { generateRegistrationOptions } = await loadWebAuthn();
      const own = await db.run(store.listPasskeys, person);
      const options = await generateRegistrationOptions({
        rpName: await readServerName(db, person.organisationId),
        rpID: host,
        userName: email,
        userDisplayName: name,
        userID: bytesOf(person.userId),
        challenge: bytesOf(tickets.issue({ userId: person.userId, host })),
        excludeCredentials: own.map(({ credential_id: id, transports }) => ({
          id,
          transports: JSON.parse(transports) as string[],
        })),
        supportedAlgorithmIDs: [...algorithms],
        authenticatorSelection: { residentKey: "required", userVerification: "required" },
      });
      return { ...options };
    },

    async add(person, { name, credential }, site) {
      const made = await verify(tickets, person, credential, site);
      if (!made) {
        throw new AppError("passkey_refused");
      }
      const passkey: PasskeyRow = {
        id: newId(),
        organisation_id: person.organisationId,
        owner_id: person.userId,
        name,
        host: site.host,
        credential_id: made.id,
        public_key: Buffer.from(made.publicKey).toString("base64url"),
        counter: made.counter,
        transports: JSON.stringify(made.transports ?? []),
        created_at: clock(),
        last_used_at: null,
      };
      if (!(await db.run(store.insertPasskey, { passkey }))) {
        throw new AppError("passkey_refused");
      }
      return passkey;
    },
  };
}

/** The credential, if a device made it for this person at this host with a ticket of ours, which is spent then. */
async function verify(tickets: Tickets, person: PersonId, credential: WebAuthnMessage, site: Site) {
  const { verifyRegistrationResponse } = await loadWebAuthn();
  let challenge = "";
  const isOwnTicket = (given: string): boolean => {
    challenge = textOf(given);
    const subject = tickets.read(challenge);
    return subject?.["userId"] === person.userId && subject["host"] === site.host;
  };
  const made = await verifyRegistrationResponse({
    response: credential as unknown as RegistrationResponseJSON,
    expectedChallenge: isOwnTicket,
    expectedOrigin: site.origin,
    expectedRPID: site.host,
    requireUserVerification: true,
    supportedAlgorithmIDs: [...algorithms],
  }).catch(() => null);
  return made?.verified && tickets.spend(challenge) ? made.registrationInfo.credential : null;
}
