// The models that Shobar knows how to fetch, without asking anybody. Each can be used here: kinds that the engine cannot run
// yet (embeddings, rerankers) are not offered.
import type { PlannedModel } from "../local/memory-plan.ts";
import { deepSeekModels } from "./catalogue-deepseek.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { mistralModels, openAiModels, smolModels } from "./catalogue-further.ts";
import { gemmaModels, llamaModels } from "./catalogue-llama-gemma.ts";
import { qwenModels } from "./catalogue-qwen.ts";

/** The smallest first. */
export const modelCatalogue: readonly CatalogueEntry[] = [
  ...qwenModels,
  ...deepSeekModels,
  ...llamaModels,
  ...gemmaModels,
  ...mistralModels,
  ...openAiModels,
  ...smolModels,
].toSorted((one, other) => one.sizeBytes - other.sizeBytes);

/** For the memory plan, as its file would say it; all but a few kilobytes of a file are its tensors. */
export function plannedModel({ sizeBytes, shape }: CatalogueEntry): PlannedModel {
  return {
    tensorBytes: sizeBytes,
    kvElementsPerToken: shape.layers * shape.kvHeads * 2 * shape.headLength,
    trainedContextTokens: shape.contextTokens,
    vocabularySize: shape.vocabularySize,
    embeddingLength: shape.embeddingLength,
  };
}

/** Weights that are read to compute one token: of a mixture of experts, those that compute it. */
export function catalogueBytesPerToken({ sizeBytes, parameterCount, activeParameterCount }: CatalogueEntry): number {
  return Math.round(sizeBytes * ((activeParameterCount ?? parameterCount) / parameterCount));
}

/** By what people type: its id, whatever the case. */
export function findInCatalogue(id: string): CatalogueEntry | undefined {
  return modelCatalogue.find((entry) => entry.id === id.trim().toLowerCase());
}
