// Keys for programs: made, listed and revoked by the person who owns them. A key may do what its person may do through
// the API, and dies with the key's or the person's end, in open calls too.
import { checkValue } from "../../../platform/check-value.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { ApiKeyRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { createLastUseWriter } from "../../../platform/last-use.ts";
import { newId } from "../../../platform/new-id.ts";
import { hashSecretToken, isSecretToken, newSecretToken } from "../../../platform/secret-token.ts";
import { type ApiKey, ApiKeyName } from "../contract.ts";
import * as store from "./api-key-store.ts";

/** Told apart from other products' keys at a glance, and by scanners that look for leaked secrets. */
const secretPrefix = "sk-shobar-";

/** Characters of the random part that stay readable. */
const shownCharacters = 4;

interface Dependencies {
  readonly db: Database;
  readonly clock: Clock;
}

/** The secret is in this answer only. Throws invalid_request for a name that is empty or too long. */
export async function createApiKey(
  { db, clock }: Dependencies,
  { organisationId, userId }: store.Owner,
  name: string,
): Promise<{ key: ApiKey; secret: string }> {
  const secret = `${secretPrefix}${newSecretToken()}`;
  const key: ApiKeyRow = {
    id: newId(),
    organisation_id: organisationId,
    owner_id: userId,
    name: checkValue(ApiKeyName, name, "name"),
    prefix: secret.slice(0, secretPrefix.length + shownCharacters),
    secret_hash: hashSecretToken(secret),
    created_at: clock(),
    last_used_at: null,
    revoked_at: null,
  };
  await db.run(store.insertApiKey, { key });
  return { key: toApiKey(key), secret };
}

const defaultPageSize = 50;

export async function listApiKeys(
  db: Database,
  { organisationId, userId }: store.Owner,
  { cursor, limit = defaultPageSize }: { cursor?: string | undefined; limit?: number | undefined } = {},
): Promise<{ items: ApiKey[]; nextCursor: string | null }> {
  const rows = await db.run(store.listApiKeys, { organisationId, userId, beforeId: cursor ?? null, limit: limit + 1 });
  const items = rows.slice(0, limit).map(toApiKey);
  return { items, nextCursor: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
}

/** Ends what was opened with the key, too. Throws api_key_not_found for a key that is not there, not this person's, or revoked already. */
export async function revokeApiKey(
  { db, clock, openCalls }: Dependencies & { readonly openCalls: OpenCalls },
  { organisationId, userId }: store.Owner,
  keyId: string,
): Promise<void> {
  if (!(await db.run(store.revokeApiKey, { organisationId, userId, keyId, now: clock() }))) {
    throw new AppError("api_key_not_found");
  }
  openCalls.end([keyId]);
}

export interface ApiKeyAuthentication {
  /** Answers whose key it is; null for one that is unknown, revoked or of a disabled person. */
  authenticate(secret: string): Promise<Principal | null>;
}

export interface ApiKeyAuthenticationDependencies extends Dependencies {
  /** Told when the last use could not be written; the request that noticed it goes on. */
  readonly onTouchFailure?: (error: unknown) => void;
}

export function createApiKeyAuthentication(dependencies: ApiKeyAuthenticationDependencies): ApiKeyAuthentication {
  const { db, clock, onTouchFailure = () => {} } = dependencies;
  const writeLastUse = createLastUseWriter(onTouchFailure);

  return {
    async authenticate(secret) {
      if (!secret.startsWith(secretPrefix) || !isSecretToken(secret.slice(secretPrefix.length))) {
        return null;
      }
      const found = await db.run(store.findApiKey, { secretHash: hashSecretToken(secret) });
      if (!found) {
        return null;
      }
      const { key_id: keyId, organisation_id: organisationId, owner_id: userId, last_used_at: lastUsedAt } = found;
      const now = clock();
      const write = () => db.run(store.touchApiKey, { organisationId, userId, keyId, now });
      writeLastUse({ id: keyId, lastUsedAt, now, write });
      return { userId, organisationId, role: found.role, via: "api-key", credentialId: keyId };
    },
  };
}

function toApiKey(row: ApiKeyRow): ApiKey {
  return { id: row.id, name: row.name, prefix: row.prefix, createdAt: row.created_at, lastUsedAt: row.last_used_at };
}
