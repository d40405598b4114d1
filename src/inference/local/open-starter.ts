// The starter model opened in this process, for tests of the layers below the worker.
import { fileURLToPath } from "node:url";
import { findLlamaLibrary } from "./find-llama-library.ts";
import { type LlamaApi, openLlama } from "./llama-api.ts";
import { type LlamaModel, loadLlamaModel } from "./llama-model.ts";
import type { ContextPlan, PromptPart } from "./worker-protocol.ts";

export const starterFile = fileURLToPath(new URL("../../../models/SmolLM2-135M-Instruct.Q4_1.gguf", import.meta.url));

export interface Starter {
  readonly api: LlamaApi;
  readonly model: LlamaModel;
}

export async function openStarter(): Promise<Starter> {
  const api = openLlama(findLlamaLibrary());
  return { api, model: await loadLlamaModel(api, starterFile, () => undefined) };
}

export function aContextPlan(changes: Partial<ContextPlan> = {}): ContextPlan {
  return {
    name: "wide",
    sequences: 4,
    tokensPerSequence: 512,
    kvType: "f16",
    batchTokens: 128,
    residency: "always",
    ...changes,
  };
}

/** A question in the starter's own format. */
export function askStarter(question: string): readonly PromptPart[] {
  return [
    { kind: "control", text: "<|im_start|>user\n" },
    { kind: "text", text: question },
    { kind: "control", text: "<|im_end|>\n<|im_start|>assistant\n" },
  ];
}
