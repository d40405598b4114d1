// What an admin wishes of a service outside, checked against what the service says about itself.
import { findPreset } from "../../../inference/providers/catalogue.ts";
import { type Probed, probeProvider, readBaseUrl } from "../../../inference/providers/probe-provider.ts";
import type { ProviderAccess } from "../../../inference/providers/provider.ts";
import type { Egress } from "../../../platform/egress/egress.ts";
import { AppError } from "../../../platform/errors.ts";
import type { RemoteModel } from "../contract.ts";

export interface ProviderWishes {
  readonly preset: string;
  readonly name?: string | undefined;
  readonly baseUrl?: string | undefined;
  readonly key?: string | undefined;
}

/** Throws invalid_request. */
export function wishedAccess({ preset: presetId, name, baseUrl, key }: ProviderWishes): ProviderAccess {
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

/** With one question to the model, where one is named. Throws what the service says. */
export function tryAccess(
  { egress }: { readonly egress: Egress },
  access: ProviderAccess,
  model: string | undefined,
  signal: AbortSignal,
): Promise<Probed> {
  return probeProvider({ egress, access, model: model ?? null, signal });
}

/** Those that were asked for, as the service describes them. Where it has a list, they must be in it. */
export function chosenModels(
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
export function slugOf(name: string, preset: string): string {
  const slug = name
    .toLowerCase()
    .normalize("NFKD")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 40);
  return slug === "" ? (preset === "other" ? "provider" : preset) : slug;
}
