// The catalogue as it looks from this machine: whether each model fits, how fast it would be, and whether it is here already.
import { licences } from "../../../inference/catalogue/catalogue-entry.ts";
import type { CatalogueEntry } from "../../../inference/catalogue/catalogue-entry.ts";
import { catalogueBytesPerToken, modelCatalogue, plannedModel } from "../../../inference/catalogue/model-catalogue.ts";
import { supportOf } from "../../../inference/catalogue/support.ts";
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import type { Database } from "../../../platform/database/command.ts";
import { type SpeedRecord, speedOf } from "../../models/server/model-speed.ts";
import type { ModelFiles } from "../../models/server/places.ts";
import { readSpeeds } from "../../models/server/speed-log.ts";
import type { CatalogueModel } from "../contract.ts";

export interface CatalogueParts {
  readonly db: Database;
  readonly caller: ModelCaller;
  readonly files: Pick<ModelFiles, "plan">;
}

export interface Catalogue {
  /** The smallest first. Nobody outside is asked. */
  list(scope: { readonly organisationId: string }): Promise<CatalogueModel[]>;
}

export function createCatalogue({ db, caller, files }: CatalogueParts): Catalogue {
  return {
    async list({ organisationId }) {
      const [models, speeds] = await Promise.all([caller.listModels(), readSpeeds(db, organisationId)]);
      const describe = async (entry: CatalogueEntry) => {
        const here = findHere(entry, models);
        return describeEntry(entry, {
          modelId: here?.id ?? null,
          bytesPerToken: here === undefined ? catalogueBytesPerToken(entry) : here.bytesPerToken,
          memory: here?.memory ?? (await files.plan(plannedModel(entry))),
          speeds,
        });
      };
      return Promise.all(modelCatalogue.map(describe));
    },
  };
}

/** What of this machine decides how an entry looks. */
export interface CatalogueSight extends Pick<CatalogueModel, "modelId" | "memory"> {
  readonly bytesPerToken: number | null;
  readonly speeds: readonly SpeedRecord[];
}

export function describeEntry(
  entry: CatalogueEntry,
  { modelId, bytesPerToken, memory, speeds }: CatalogueSight,
): CatalogueModel {
  const { id, name, publisher, sizeBytes, sha256, quantization, parameterCount, licence } = entry;
  return {
    id,
    name,
    publisher,
    sizeBytes,
    sha256,
    quantization,
    parameterCount,
    licence,
    memory,
    source: sourceOf(entry),
    contextTokens: entry.shape.contextTokens,
    licenceUrl: licences[licence],
    languages: [...entry.languages],
    goodFor: [...entry.goodFor],
    support: supportOf(entry),
    speed: speedOf({ id: modelId ?? id, bytesPerToken, memory }, speeds),
    modelId,
  };
}

function sourceOf({ repository, file }: CatalogueEntry): string {
  return `${repository}/${file}`;
}

/** To the byte the same size, wherever it lies and whatever it is called there: no two files of the catalogue share one. */
function findHere({ sizeBytes }: CatalogueEntry, models: readonly ModelDescription[]): ModelDescription | undefined {
  return models.find((model) => model.sizeBytes === sizeBytes && model.state.status !== "unavailable");
}
