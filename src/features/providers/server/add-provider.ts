import type { Clock } from "../../../platform/clock.ts";
import type { ProviderRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import { newId } from "../../../platform/new-id.ts";
import type { ProviderModelsParts } from "./provider-models.ts";
import { findProvider, insertProvider } from "./provider-store.ts";
import { chosenModels, type ProviderWishes, slugOf, tryAccess, wishedAccess } from "./provider-wishes.ts";
import { sealKey } from "./stored-provider.ts";

export interface ProviderParts extends ProviderModelsParts {
  readonly clock: Clock;
  readonly logger: Pick<Logger, "info">;
}

export interface NewProvider extends ProviderWishes {
  readonly id?: string | undefined;
  readonly models: readonly string[];
  /** Null where the command line adds it before there is anybody. */
  readonly ownerId: string | null;
}

/** Answers the one that is there where the id already is. */
export async function addProvider(
  parts: ProviderParts,
  wishes: NewProvider,
  signal: AbortSignal,
): Promise<ProviderRow> {
  const { db, secrets, clock, logger, organisationId } = parts;
  const id = wishes.id ?? newId();
  const already = await db.run(findProvider, { organisationId, providerId: id });
  if (already) return already;
  const access = wishedAccess(wishes);
  const tried = await tryAccess(parts, access, wishes.models[0], signal);
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
      models: JSON.stringify(chosenModels(access, tried, wishes.models)),
      created_at: now,
      updated_at: now,
      disabled_at: null,
    },
  });
  if (!row) throw new AppError("provider_not_found");
  logger.info({ event: "provider-added", provider: row.slug, userId: wishes.ownerId });
  return row;
}
