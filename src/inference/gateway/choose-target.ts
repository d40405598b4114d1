import { AppError } from "../../platform/errors.ts";
import type { ModelCaller, ModelDescription } from "../model-call.ts";

/** Other servers give every model a tag, and their clients send it. */
const tagOfOtherServers = /:latest$/;

/** The model that a name from outside means. */
export function findByName(models: readonly ModelDescription[], name: string): ModelDescription | undefined {
  const withoutTag = name.replace(tagOfOtherServers, "");
  return models.find((model) => model.id === name) ?? models.find((model) => model.id === withoutTag);
}

/** The id of the model that a name means. Throws model_not_found, or no_model where there is none at all. */
export async function chooseTarget(caller: ModelCaller, name: string): Promise<string> {
  const models = await caller.listModels();
  if (models.length === 0) throw new AppError("no_model");
  const target = findByName(models, name);
  if (target === undefined) throw new AppError("model_not_found", { model: name, param: "model" });
  return target.id;
}
