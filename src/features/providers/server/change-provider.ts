import type { ProviderAccess } from "../../../inference/providers/provider.ts";
import type { ProviderRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Secrets } from "../../../platform/secrets/secrets.ts";
import type { ProviderParts } from "./add-provider.ts";
import { updateProvider } from "./provider-store.ts";
import { chosenModels, tryAccess } from "./provider-wishes.ts";
import { accessOf, modelsOf, sealKey } from "./stored-provider.ts";

export interface ProviderChanges {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly isDisabled?: boolean | undefined;
}

/** Throws provider_not_found where it was removed meanwhile. */
export async function changeProvider(
  parts: ProviderParts,
  row: ProviderRow,
  changes: ProviderChanges,
  signal: AbortSignal,
): Promise<ProviderRow> {
  const { db, clock, logger, organisationId } = parts;
  const { name, isDisabled } = changes;
  const learned = await learn(parts, row, changes, signal);
  const changed = await db.run(updateProvider, {
    organisationId,
    providerId: row.id,
    changes: {
      ...learned,
      ...(name === undefined ? {} : { name }),
      ...(isDisabled === undefined ? {} : { disabled_at: isDisabled ? (row.disabled_at ?? clock()) : null }),
    },
    now: clock(),
  });
  if (!changed) throw new AppError("provider_not_found");
  logger.info({ event: "provider-changed", provider: changed.slug, isDisabled: changed.disabled_at !== null });
  return changed;
}

/** A new key and other models are tried before they are stored; nothing where neither is wished. */
async function learn(
  parts: ProviderParts,
  row: ProviderRow,
  { name, key, models: wanted }: ProviderChanges,
  signal: AbortSignal,
): Promise<Partial<Pick<ProviderRow, "models" | "sealed_key" | "key_hint">>> {
  if (key === undefined && wanted === undefined) return {};
  const access = { ...accessOrNoKey(row, key, parts.secrets), name: name ?? row.name };
  const ids = wanted ?? modelsOf(row).map(({ id }) => id);
  const tried = await tryAccess(parts, access, ids[0], signal);
  return {
    // With a new key alone, a model that has gone since is no reason to refuse the key.
    ...(wanted === undefined ? {} : { models: JSON.stringify(chosenModels(access, tried, ids, modelsOf(row))) }),
    ...(key === undefined ? {} : sealKey(parts.secrets, row.id, key)),
  };
}

/** A new key also helps where the stored one cannot be read any more. */
function accessOrNoKey(row: ProviderRow, key: string | undefined, secrets: Secrets): ProviderAccess {
  return key === undefined ? accessOf(row, secrets) : { ...accessOf({ ...row, sealed_key: null }, secrets), key };
}
