// Adding, trying, changing and removing a service outside. Nothing is stored that has not just been tried.
import { type ProviderPreset, providerPresets } from "../../../inference/providers/catalogue.ts";
import type { ProviderRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import { createRecentlyRemoved } from "../../../platform/recently-removed.ts";
import type { Provider, RemoteModel } from "../contract.ts";
import { addProvider, type NewProvider, type ProviderParts } from "./add-provider.ts";
import { changeProvider, type ProviderChanges } from "./change-provider.ts";
import { createProviderModels } from "./provider-models.ts";
import { deleteProvider, findProvider, insertProvider, readProviders } from "./provider-store.ts";
import { type ProviderWishes, tryAccess, wishedAccess } from "./provider-wishes.ts";
import { accessOf, describeProvider } from "./stored-provider.ts";

export interface ProviderTest extends ProviderWishes {
  readonly providerId?: string | undefined;
  readonly model?: string | undefined;
}

export type Providers = ReturnType<typeof createProviders>;

/** All throw AppError: provider_*, service_*, address_not_allowed, invalid_request; then nothing is changed. */
export function createProviders(parts: ProviderParts) {
  const { db, secrets, clock, logger, organisationId } = parts;
  const models = createProviderModels(parts);
  const removed = createRecentlyRemoved<ProviderRow>(clock);

  async function find(providerId: string): Promise<ProviderRow> {
    const row = await db.run(findProvider, { organisationId, providerId });
    if (!row) throw new AppError("provider_not_found");
    return row;
  }

  return {
    models,
    presets: (): readonly ProviderPreset[] => providerPresets,
    list: async (): Promise<Provider[]> => (await db.run(readProviders, { organisationId })).map(describeProvider),

    async test(wishes: ProviderTest, signal: AbortSignal): Promise<{ baseUrl: string; models: RemoteModel[] | null }> {
      const stored = wishes.providerId === undefined ? null : await find(wishes.providerId);
      // A stored key goes only to the address that it was stored for; beside a new one it need not be readable.
      const access = stored && wishes.key === undefined ? accessOf(stored, secrets) : wishedAccess(wishes);
      const tried = await tryAccess(parts, access, wishes.model, signal);
      return { baseUrl: tried.baseUrl, models: tried.models && [...tried.models] };
    },

    add: async (wishes: NewProvider, signal: AbortSignal): Promise<Provider> =>
      describeProvider(await addProvider(parts, wishes, signal)),

    async change(providerId: string, changes: ProviderChanges, signal: AbortSignal): Promise<Provider> {
      const changed = await changeProvider(parts, await find(providerId), changes, signal);
      if (changed.disabled_at !== null) models.end(changed);
      return describeProvider(changed);
    },

    async remove(providerId: string): Promise<Provider> {
      const row = await db.run(deleteProvider, { organisationId, providerId });
      if (!row) throw new AppError("provider_not_found");
      removed.keep(providerId, row);
      models.end(row);
      logger.info({ event: "provider-removed", provider: row.slug });
      return describeProvider(row);
    },

    /** As it was, with its key; repeated, it changes nothing. */
    async restore(providerId: string): Promise<Provider> {
      const provider = removed.find(providerId);
      const row = provider && (await db.run(insertProvider, { organisationId, provider }));
      if (!row) throw new AppError("provider_not_found");
      logger.info({ event: "provider-restored", provider: row.slug });
      return describeProvider(row);
    },
  };
}
