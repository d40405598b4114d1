// The chosen models of all providers as one caller. Whoever turns a provider off ends what it is answering, also what has
// just begun.
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import { callOpenAiCompatible } from "../../../inference/providers/openai-compatible-call.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { ProviderRow } from "../../../platform/database/tables.ts";
import type { Egress } from "../../../platform/egress/egress.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Secrets } from "../../../platform/secrets/secrets.ts";
import { readProviders } from "./provider-store.ts";
import { accessOf, modelsOf } from "./stored-provider.ts";

export interface ProviderModels extends ModelCaller {
  /** Ends every call to it. To be told after the commit. */
  end(provider: Pick<ProviderRow, "slug" | "name">): void;
}

export interface ProviderModelsParts {
  readonly db: Database;
  readonly secrets: Secrets;
  readonly egress: Egress;
  readonly organisationId: string;
}

export function createProviderModels({ db, secrets, egress, organisationId }: ProviderModelsParts): ProviderModels {
  const open = new Map<string, Set<AbortController>>();

  async function enabled(): Promise<ProviderRow[]> {
    return (await db.run(readProviders, { organisationId })).filter(
      ({ disabled_at: disabledAt }) => disabledAt === null,
    );
  }

  return {
    async listModels() {
      return (await enabled()).flatMap(describeModels);
    },
    async *call(request) {
      const slug = request.model.slice(0, request.model.indexOf("/"));
      // Before the row is read: what is turned off while that goes on is not missed.
      using ending = keep(open, slug);
      const row = (await enabled()).find((each) => each.slug === slug);
      const model = row && modelsOf(row).find(({ id }) => `${slug}/${id}` === request.model);
      if (!row || !model) throw new AppError("model_not_found", { model: request.model, param: "model" });
      const signal = AbortSignal.any([request.signal, ending.signal]);
      const provider = accessOf(row, secrets);
      yield* callOpenAiCompatible({ egress, provider, model: model.id, request: { ...request, signal } });
    },
    end({ slug, name }) {
      const reason = new AppError("provider_ended", { provider: name });
      open.get(slug)?.forEach((controller) => controller.abort(reason));
    },
  };
}

function keep(open: Map<string, Set<AbortController>>, slug: string): { readonly signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  const calls = open.get(slug) ?? new Set();
  open.set(slug, calls.add(controller));
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      calls.delete(controller);
      if (calls.size === 0) open.delete(slug);
    },
  };
}

function describeModels(row: ProviderRow): ModelDescription[] {
  return modelsOf(row).map((model) => ({
    id: `${row.slug}/${model.id}`,
    name: model.name,
    origin: { kind: "provider", name: row.name },
    place: null,
    contextTokens: model.contextTokens,
    sizeBytes: null,
    bytesPerToken: null,
    parameterCount: null,
    quantization: null,
    architecture: null,
    licence: null,
    languages: [],
    isStarter: false,
    createdAt: row.created_at,
    memory: null,
    state: { status: "ready" },
  }));
}
