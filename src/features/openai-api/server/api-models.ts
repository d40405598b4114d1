// The models as OpenAI's API lists them, with a few names of our own beside.
import type { ModelCaller, ModelDescription, ModelState } from "../../../inference/model-call.ts";
import { findModel } from "../../models/server/models.ts";
import type { ApiModel } from "../contract.ts";

export async function listApiModels(caller: ModelCaller): Promise<{ object: "list"; data: ApiModel[] }> {
  return { object: "list", data: (await caller.listModels()).map(describeApiModel) };
}

/** Throws model_not_found. */
export async function getApiModel(caller: ModelCaller, name: string): Promise<ApiModel> {
  return describeApiModel(await findModel(caller, name));
}

function describeApiModel(model: ModelDescription): ApiModel {
  return {
    id: model.id,
    object: "model",
    created: Math.floor(model.createdAt / 1000),
    owned_by: model.origin.kind === "here" ? "shobar" : model.origin.name,
    name: model.name,
    context_length: model.contextTokens,
    status: describeStatus(model.state),
  };
}

function describeStatus({ status }: ModelState): ApiModel["status"] {
  switch (status) {
    case "ready":
    case "busy":
      return "loaded";
    case "loading":
      return "loading";
    case "idle":
      return "unloaded";
    case "crashed":
    case "unavailable":
      return "unavailable";
  }
}
