// Which models are here and how a name from outside finds one.
import { findByName } from "../../../inference/gateway/choose-target.ts";
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Model } from "../contract.ts";
import { type SpeedRecord, speedOf } from "./model-speed.ts";
import { readSpeeds } from "./speed-log.ts";
import { type DefaultModel, getDefaultModel, writeDefaultModel } from "./default-model.ts";

/** What can bring a model into memory before the first question: the local engine. */
export interface ModelLoader {
  load(modelId: string): Promise<ModelDescription>;
}

export interface ModelParts {
  readonly db: Database;
  readonly caller: ModelCaller;
}

/** Who looks: paths of the server's disk are for those who run it. */
export interface Viewer {
  readonly organisationId: string;
  readonly seesPaths: boolean;
}

export async function listModels(
  parts: ModelParts,
  viewer: Viewer,
): Promise<{ items: Model[]; missingDefault: string | null }> {
  const [models, sight] = await Promise.all([parts.caller.listModels(), look(parts, viewer)]);
  return { items: models.map((model) => describeModel(model, sight)), missingDefault: sight.chosen.missing };
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
export async function loadModel(
  parts: ModelParts & { readonly loader: ModelLoader },
  viewer: Viewer,
  name: string,
): Promise<Model> {
  const { id } = await findModel(parts.caller, name);
  const loaded = await parts.loader.load(id);
  return describeModel(loaded, await look(parts, viewer));
}

/** Null: nobody's choice, the rule decides. Throws model_not_found. */
export async function setDefaultModel(
  { db, clock, caller }: ModelParts & { readonly clock: Clock },
  organisationId: string,
  name: string | null,
): Promise<void> {
  const modelId = name === null ? null : (await findModel(caller, name)).id;
  await writeDefaultModel({ db, clock }, organisationId, modelId);
}

interface Sight {
  readonly viewer: Viewer;
  readonly chosen: DefaultModel;
  readonly speeds: readonly SpeedRecord[];
}

async function look(parts: ModelParts, viewer: Viewer): Promise<Sight> {
  const { organisationId } = viewer;
  const [chosen, speeds] = await Promise.all([
    getDefaultModel(parts, organisationId),
    readSpeeds(parts.db, organisationId),
  ]);
  return { viewer, chosen, speeds };
}

function describeModel(model: ModelDescription, { viewer, chosen, speeds }: Sight): Model {
  return {
    id: model.id,
    name: model.name,
    madeBy: model.origin.kind === "here" ? "here" : model.origin.name,
    place: describePlace(model, viewer),
    isStarter: model.isStarter,
    isDefault: model.id === chosen.model?.id,
    licence: model.licence,
    languages: [...model.languages],
    sizeBytes: model.sizeBytes,
    parameterCount: model.parameterCount,
    quantization: model.quantization,
    contextTokens: model.contextTokens,
    memory: model.memory,
    speed: speedOf(model, speeds),
    state: model.state,
  };
}

function describePlace({ place }: ModelDescription, { seesPaths }: Viewer): Model["place"] {
  if (place === null) {
    return null;
  }
  const { kind, placeId, path } = place;
  return seesPaths ? { kind, placeId, path } : { kind, placeId: null, path: null };
}
