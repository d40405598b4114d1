// Passkeys: a key pair in somebody's device, made for one host name. The device checks the person (finger, face or PIN), so
// that one is both steps of signing in at once. What proves that a message is fresh is a ticket as its challenge.
import type { PasskeyRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Passkey } from "../sign-in-contract.ts";
import { createPasskeyMaking, type PasskeyMaking } from "./make-passkey.ts";
import { createPasskeySignIn, type PasskeySignIn, type PasskeySignInParts } from "./passkey-sign-in.ts";
import * as store from "./passkey-store.ts";
import type { PersonId } from "./accept-code.ts";

export interface Passkeys extends PasskeySignIn, Pick<PasskeyMaking, "begin"> {
  list(person: PersonId): Promise<Passkey[]>;
  /** Throws passkey_refused. */
  add(...args: Parameters<PasskeyMaking["add"]>): Promise<Passkey>;
  /** Throws passkey_not_found, also for one of somebody else. */
  rename(person: PersonId, passkeyId: string, name: string): Promise<Passkey>;
  /** Throws passkey_not_found. */
  remove(person: PersonId, passkeyId: string): Promise<void>;
}

export function createPasskeys(parts: PasskeySignInParts): Passkeys {
  const { db } = parts;
  const making = createPasskeyMaking(parts);
  return {
    ...createPasskeySignIn(parts),
    begin: making.begin,
    add: async (...args) => toPasskey(await making.add(...args)),
    list: async (person) => (await db.run(store.listPasskeys, person)).map(toPasskey),
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
  };
}

function toPasskey(row: PasskeyRow): Passkey {
  return { id: row.id, name: row.name, host: row.host, createdAt: row.created_at, lastUsedAt: row.last_used_at };
}
