// Between a provider's row and what the rest of the product may see of it.
import * as z from "zod/mini";
import type { ProviderAccess } from "../../../inference/providers/provider.ts";
import type { ProviderRow } from "../../../platform/database/tables.ts";
import type { Secrets } from "../../../platform/secrets/secrets.ts";
import { type Provider, RemoteModel } from "../contract.ts";

const Models = z.array(RemoteModel);

export function describeProvider(row: ProviderRow): Provider {
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    preset: row.preset,
    baseUrl: row.base_url,
    keyHint: row.key_hint,
    models: modelsOf(row),
    isDisabled: row.disabled_at !== null,
    createdAt: row.created_at,
  };
}

/** None where another version stored them in another form. */
export function modelsOf(row: Pick<ProviderRow, "models">): RemoteModel[] {
  const models = z.safeParse(Models, JSON.parse(row.models));
  return models.success ? models.data : [];
}

/** Throws AppError secret_unreadable. */
export function accessOf(row: ProviderRow, secrets: Secrets): ProviderAccess {
  const key = row.sealed_key === null ? null : secrets.open(row.sealed_key, sealPurpose(row.id));
  return { name: row.name, baseUrl: row.base_url, key, preset: row.preset };
}

export function sealKey(secrets: Secrets, providerId: string, key: string | undefined) {
  if (key === undefined) return { sealed_key: null, key_hint: null };
  // Of a short one four characters would be too much of it.
  return { sealed_key: secrets.seal(key, sealPurpose(providerId)), key_hint: key.length < 12 ? "" : key.slice(-4) };
}

/** One place for each row: a sealed key that is moved to another row does not open there. */
function sealPurpose(providerId: string): string {
  return `provider-key:${providerId}`;
}
