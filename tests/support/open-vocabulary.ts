// The tokenizer of a real model without its weights.
import { findLlamaLibrary } from "../../src/inference/local/find-llama-library.ts";
import { openLlama } from "../../src/inference/local/llama-api.ts";
import { type LlamaModel, wrapModel } from "../../src/inference/local/llama-model.ts";
import { findVocabulary } from "./find-llama-source.ts";

export async function openVocabulary(name: string): Promise<LlamaModel> {
  const api = openLlama(findLlamaLibrary());
  const params = { ...api.modelDefaultParams(), vocab_only: true };
  const pointer = await api.loadModel(await findVocabulary(name), params, () => undefined);
  if (pointer === null) throw new Error(`the vocabulary ${name} does not load`);
  return wrapModel(api, pointer);
}
