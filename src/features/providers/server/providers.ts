// Adding, trying, changing and removing a service outside. Nothing is stored that has not just been tried.
import { findPreset, type ProviderPreset, providerPresets } from "../../../inference/providers/catalogue.ts";
import { probeProvider, type Probed, readBaseUrl } from "../../../inference/providers/probe-provider.ts";
import type { ProviderAccess } from "../../../inference/providers/provider.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { ProviderRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import { newId } from "../../../platform/new-id.ts";
import type { Provider, RemoteModel } from "../contract.ts";
import { createProviderModels, type ProviderModelsParts } from "./provider-models.ts";
import { deleteProvider, findProvider, insertProvider, readProviders, updateProvider } from "./provider-store.ts";
import { accessOf, describeProvider, modelsOf, sealKey } from "./stored-provider.ts";

export interface ProviderWishes {
  readonly preset: string;
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly key?: string | undefined;
}

export interface NewProvider extends ProviderWishes {
  readonly id?: string | undefined;
  readonly models: readonly string[];
  /** Null where the command line adds it before there is anybody. */
  readonly ownerId: string | null;
}

export interface ProviderChanges {
  readonly name?: string | undefined;
  readonly key?: string | undefined;
  readonly models?: readonly string[] | undefined;
  readonly isDisabled?: boolean | undefined;
}

export interface ProviderTest extends ProviderWishes {
  readonly providerId?: string | undefined;
  readonly model?: string | undefined;
}

export interface ProviderParts extends ProviderModelsParts {
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info">;
}

export type Providers = ReturnType<typeof createProviders>;

/** All throw AppError: provider_*, service_*, address_not_allowed, invalid_request; then nothing is changed. */
export function createProviders(parts: ProviderParts) {
  const { db, secrets, egress, clock, logger, organisationId } = parts;
  const models = createProviderModels(parts);

  async function find(providerId: string): Promise<ProviderRow> {
    const row = await db.run(findProvider, { organisationId, providerId });
    if (!row) throw new AppError("provider_not_found");
    return row;
  }

  const probe = (access: ProviderAccess, model: string | null, signal: AbortSignal): Promise<Probed> =>
    probeProvider({ egress, access, model, signal });

  return {
    models,
    presets: (): readonly ProviderPreset[] => providerPresets,

    async list(): Promise<Provider[]> {
      return (await db.run(readProviders, { organisationId })).map(describeProvider);
    },

    async test(wishes: ProviderTest, signal: AbortSignal): Promise<{ baseUrl: string; models: RemoteModel[] | null }> {
      const stored = wishes.providerId === undefined ? null : accessOf(await find(wishes.providerId), secrets);
      // A stored key goes only to the address that it was stored for.
      const access = stored && wishes.key === undefined ? stored : wishedAccess(wishes);
      const tried = await probe(access, wishes.model ?? null, signal);
      return { baseUrl: tried.baseUrl, models: tried.models && [...tried.models] };
    },

    async add(wishes: NewProvider, signal: AbortSignal): Promise<Provider> {
      const id = wishes.id ?? newId();
      const already = await db.run(findProvider, { organisationId, providerId: id });
      if (already) return describeProvider(already);
      const access = wishedAccess(wishes);
      const tried = await probe(access, wishes.models[0] ?? null, signal);
      const now = clock();
      const row = await db.run(insertProvider, {
        organisationId,
        provider: {
          id,
          owner_id: wishes.ownerId,
          slug: slugOf(access.name, wishes.preset),
          name: access.name,
          preset: access.preset,
          base_url: tried.baseUrl,
          ...sealKey(secrets, id, wishes.key),
          models: JSON.stringify(chosen(access, tried, wishes.models)),
          created_at: now,
          updated_at: now,
          disabled_at: null,
        },
      });
      if (!row) throw new AppError("provider_not_found");
      logger.info({ event: "provider-added", provider: row.slug, userId: wishes.ownerId });
      return describeProvider(row);
    },

    async change(providerId: string, changes: ProviderChanges, signal: AbortSignal): Promise<Provider> {
      const row = await find(providerId);
      const { name, key, models: wanted, isDisabled } = changes;
      let learned = {};
      if (key !== undefined || wanted !== undefined) {
        const access = { ...accessOrNoKey(row, key), name: name ?? row.name };
        const ids = wanted ?? modelsOf(row).map(({ id }) => id);
        const tried = await probe(access, ids[0] ?? null, signal);
        // With a new key alone, a model that has gone since is no reason to refuse the key.
        const kept = wanted === undefined ? {} : { models: JSON.stringify(chosen(access, tried, ids, modelsOf(row))) };
        learned = { ...kept, ...(key === undefined ? {} : sealKey(secrets, providerId, key)) };
      }
      const changed = await db.run(updateProvider, {
        organisationId,
        providerId,
        changes: {
          ...learned,
          ...(name === undefined ? {} : { name }),
          ...(isDisabled === undefined ? {} : { disabled_at: isDisabled ? (row.disabled_at ?? clock()) : null }),
        },
        now: clock(),
      });
      if (!changed) throw new AppError("provider_not_found");
      if (changed.disabled_at !== null) models.end(changed);
      logger.info({ event: "provider-changed", provider: changed.slug, isDisabled: changed.disabled_at !== null });
      return describeProvider(changed);
    },

    async remove(providerId: string): Promise<Provider> {
      const removed = await db.run(deleteProvider, { organisationId, providerId });
      if (!removed) throw new AppError("provider_not_found");
      models.end(removed);
      logger.info({ event: "provider-removed", provider: removed.slug });
      return describeProvider(removed);
    },
  };

  /** A new key also helps where the stored one cannot be read any more. */
  function accessOrNoKey(row: ProviderRow, key: string | undefined): ProviderAccess {
    return key === undefined ? accessOf(row, secrets) : { ...accessOf({ ...row, sealed_key: null }, secrets), key };
  }
}

function wishedAccess({ preset: presetId, name, baseUrl, key }: ProviderWishes): ProviderAccess {
  const preset = findPreset(presetId);
  if (preset.id !== presetId) {
    throw new AppError("invalid_request", { problem: `preset: there is no ${presetId}`, param: "preset" });
  }
  const address = readBaseUrl(baseUrl ?? preset.baseUrl);
  if (preset.needsKey && key === undefined) {
    throw new AppError("invalid_request", { problem: "key: is needed here", param: "key" });
  }
  return {
    name: name ?? (preset.name || new URL(address).host),
    baseUrl: address,
    key: key ?? null,
    preset: preset.id,
  };
}

/** Those that were asked for, as the service describes them. Where it has a list, they must be in it. */
function chosen(
  access: ProviderAccess,
  { models }: Probed,
  ids: readonly string[],
  before: readonly RemoteModel[] = [],
): RemoteModel[] {
  if (models === null && ids.length === 0) throw new AppError("provider_models_needed", { provider: access.name });
  return [...new Set(ids)].map((id) => {
    const known = models?.find((model) => model.id === id) ?? before.find((model) => model.id === id);
    if (known) return known;
    if (models !== null) throw new AppError("provider_model_missing", { provider: access.name, model: id });
    return { id, name: id, contextTokens: null };
  });
}

/** A name that no letter of can be in an address becomes the preset's. */
function slugOf(name: string, preset: string): string {
  const slug = name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return slug === "" ? (preset === "other" ? "provider" : preset) : slug;
}
