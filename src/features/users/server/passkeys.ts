// Passkeys: a key pair in somebody's device, made for one host name. The device checks the person (finger, face or PIN), so
// that one is both steps of signing in at once. What proves that a message is fresh is a ticket as its challenge.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { PasskeyRow, UserRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import { newId } from "../../../platform/new-id.ts";
import type { Passkey } from "../sign-in-contract.ts";
import * as store from "./passkey-store.ts";
import type { PersonId } from "./second-factors.ts";
import type { Sessions } from "./sessions.ts";
import type { Client, SignedIn } from "./sign-in.ts";
import type { SignInLimits } from "./sign-in-limits.ts";
import { createTickets } from "./sign-in-tickets.ts";
import { toUser } from "./users.ts";

/** Where the browser is: a passkey is made for the host and answers only pages of the origin. */
export interface Site {
  readonly host: string;
  readonly origin: string;
}

type Message = Readonly<Record<string, unknown>>;

export interface Passkeys {
  list(person: PersonId): Promise<Passkey[]>;
  begin(person: PersonId, names: { email: string; name: string }, site: Site): Promise<Message>;
  /** Throws passkey_refused. */
  add(person: PersonId, made: { name: string; credential: Message }, site: Site): Promise<Passkey>;
  /** Throws passkey_not_found, also for one of somebody else. */
  rename(person: PersonId, passkeyId: string, name: string): Promise<Passkey>;
  /** Throws passkey_not_found. */
  remove(person: PersonId, passkeyId: string): Promise<void>;
  beginSignIn(site: Site): Promise<Message>;
  /** Throws passkey_refused, too_many_attempts. */
  signIn(credential: Message, site: Site, client: Client): Promise<SignedIn>;
}

export interface PasskeyDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly sessions: Sessions;
  readonly limits: SignInLimits;
  readonly logger: Pick<Logger, "warn">;
}

/** EdDSA, ES256, RS256 (COSE): what devices have today. The library's own list tries out experimental ones of Node.js. */
const algorithms = [-8, -7, -257];

export function createPasskeys({ db, clock, sessions, limits, logger }: PasskeyDependencies): Passkeys {
  const makings = createTickets({ clock, purpose: "passkey-making" });
  const signIns = createTickets({ clock, purpose: "passkey-sign-in" });

  /** The person, if this is a fresh answer of a passkey of theirs, made for this host. */
  async function personOf(response: AuthenticationResponseJSON, site: Site): Promise<UserRow | null> {
    const found = await db.run(store.findPasskey, { credentialId: response.id, host: site.host });
    if (!found || textOf(response.response.userHandle ?? "") !== found.user.id) {
      return null;
    }
    const { passkey, user } = found;
    const { verifyAuthenticationResponse } = await loadWebAuthn();
    let challenge = "";
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: (given) => signIns.read((challenge = textOf(given)))?.["host"] === site.host,
      expectedOrigin: site.origin,
      expectedRPID: site.host,
      credential: {
        id: passkey.credential_id,
        publicKey: Buffer.from(passkey.public_key, "base64url"),
        counter: passkey.counter,
      },
      requireUserVerification: true,
    });
    if (!verified || !signIns.spend(challenge)) {
      return null;
    }
    const counters = { oldCounter: passkey.counter, newCounter: authenticationInfo.newCounter };
    const owner = { organisationId: passkey.organisation_id, userId: passkey.owner_id };
    const isUsed = await db.run(store.usePasskey, { ...owner, passkeyId: passkey.id, ...counters, now: clock() });
    return isUsed ? user : null;
  }

  async function trySignIn(credential: Message, site: Site): Promise<UserRow | null> {
    try {
      return await personOf(credential as unknown as AuthenticationResponseJSON, site);
    } catch (error) {
      // What the library throws is about the message; a counter that went back may be a copy of the device's key.
      const { message } = error as Error;
      if (message.includes("counter")) {
        logger.warn({ event: "passkey-counter-went-back", problem: message });
      }
      return null;
    }
  }

  async function verifyMade(person: PersonId, credential: Message, site: Site) {
    const { verifyRegistrationResponse } = await loadWebAuthn();
    let challenge = "";
    const isOwnTicket = (given: string): boolean => {
      challenge = textOf(given);
      const subject = makings.read(challenge);
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
    return made?.verified && makings.spend(challenge) ? made.registrationInfo.credential : null;
  }

  return {
    list: async (person) => (await db.run(store.listPasskeys, person)).map(toPasskey),

    async begin(person, { email, name }, { host }) {
      const { generateRegistrationOptions } = await loadWebAuthn();
      const own = await db.run(store.listPasskeys, person);
      const options = await generateRegistrationOptions({
        rpName: "Shobar",
        rpID: host,
        userName: email,
        userDisplayName: name,
        userID: bytesOf(person.userId),
        challenge: bytesOf(makings.issue({ userId: person.userId, host })),
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
      const made = await verifyMade(person, credential, site);
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
      return toPasskey(passkey);
    },

    async rename(person, passkeyId, name) {
      const renamed = await db.run(store.renamePasskey, { ...person, passkeyId, name });
      if (!renamed) {
        throw new AppError("passkey_not_found");
      }
      return toPasskey(renamed);
    },

    async remove(person, passkeyId) {
      if (!(await db.run(store.deletePasskey, { ...person, passkeyId }))) {
        throw new AppError("passkey_not_found");
      }
    },

    async beginSignIn({ host }) {
      const { generateAuthenticationOptions } = await loadWebAuthn();
      const challenge = bytesOf(signIns.issue({ host }));
      return { ...(await generateAuthenticationOptions({ rpID: host, challenge, userVerification: "required" })) };
    },

    async signIn(credential, site, { address, previousToken, userAgent }) {
      const signedIn = await limits.attempt({ address }, async () => {
        const row = await trySignIn(credential, site);
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

/** Loaded when a first passkey comes: a server whose people have none does not carry it. */
function loadWebAuthn() {
  return import("@simplewebauthn/server");
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "utf8"));
}

function textOf(base64url: string): string {
  return Buffer.from(base64url, "base64url").toString("utf8");
}

function toPasskey(row: PasskeyRow): Passkey {
  return { id: row.id, name: row.name, host: row.host, createdAt: row.created_at, lastUsedAt: row.last_used_at };
}
