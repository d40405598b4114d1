// Which models are here, which one answers when nobody chose, and how a name from outside finds one.
import { findByName } from "../../../inference/gateway/choose-target.ts";
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Model } from "../contract.ts";

/** What can bring a model into memory before the first question: the local engine. */
export interface ModelLoader {
  load(modelId: string): Promise<ModelDescription>;
}

export async function listModels(caller: ModelCaller): Promise<Model[]> {
  const models = await caller.listModels();
  const defaultId = chooseDefaultModel(models)?.id;
  return models.map((model) => describeModel(model, defaultId));
}

/** Throws model_not_found. */
export async function findModel(caller: ModelCaller, name: string): Promise<ModelDescription> {
  const model = findByName(await caller.listModels(), name);
  if (!model) {
    throw new AppError("model_not_found", { model: name, param: "model" });
  }
  return model;
}

/** Throws model_not_found and what loading throws (model_too_large, model_file_invalid, ...). */
export async function loadModel(caller: ModelCaller, loader: ModelLoader, name: string): Promise<Model> {
  const { id } = await findModel(caller, name);
  const loaded = await loader.load(id);
  return describeModel(loaded, chooseDefaultModel(await caller.listModels())?.id);
}

/**
 * The model that answers when nobody chose one: what a person put here comes before the starter, which is only for
 * trying out; of several, the largest that fits into memory. Never one that is elsewhere: a question leaves the
 * organisation only where a person said so.
 */
export function chooseDefaultModel(models: readonly ModelDescription[]): ModelDescription | undefined {
  const usable = models.filter((model) => model.origin.kind === "here" && model.state.status !== "unavailable");
  const candidates = usable.filter((model) => model.memory?.fits || isInMemory(model));
  return candidates.filter((model) => !model.isStarter).sort(largestFirst)[0] ?? candidates[0] ?? usable[0];
}

function largestFirst(a: ModelDescription, b: ModelDescription): number {
  return (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0) || a.id.localeCompare(b.id);
}

function isInMemory({ state }: ModelDescription): boolean {
  return state.status === "ready" || state.status === "busy";
}

function describeModel(model: ModelDescription, defaultId: string | undefined): Model {
  return {
    id: model.id,
    name: model.name,
    madeBy: model.origin.kind === "here" ? "here" : model.origin.name,
    isStarter: model.isStarter,
    isDefault: model.id === defaultId,
    licence: model.licence,
    languages: [...model.languages],
    sizeBytes: model.sizeBytes,
    parameterCount: model.parameterCount,
    quantization: model.quantization,
    contextTokens: model.contextTokens,
    memory: model.memory,
    state: model.state,
  };
}
