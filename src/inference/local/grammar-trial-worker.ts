// Entry of a throwaway process in which a grammar that somebody wrote is read for the first time, and walked for a while.
import { AppError } from "../../platform/errors.ts";
import type { GrammarToTry, TriedGrammar } from "./grammar-trial.ts";
import { openLlama } from "./llama-api.ts";
import { wrapModel } from "./llama-model.ts";
import { makeSamplerChain, readSamplerSettings } from "./sampler-chain.ts";
import { createTokenChooser } from "./token-chooser.ts";

const mostSteps = 128;
const walkMs = 1500;
/** The engine's other answers stand still for a step that takes so long. */
const longestStepMs = 1000;

async function tryOut({ libraryFolder, modelFile, grammar }: GrammarToTry): Promise<TriedGrammar> {
  const api = openLlama(libraryFolder);
  const params = { ...api.modelDefaultParams(), vocab_only: true };
  const pointer = await api.loadModel(modelFile, params, () => undefined);
  if (pointer === null) return { outcome: "costly" };
  const model = wrapModel(api, pointer);
  const { vocabularySize } = model;
  const settings = readSamplerSettings({ temperature: 0 });
  const chain = makeSamplerChain(api, settings, { vocabularySize, maxTokens: mostSteps, prompt: new Int32Array() });
  try {
    const chooser = createTokenChooser(api, model, { grammar: { text: grammar }, logitBias: {}, chain });
    const logits = new Float32Array(vocabularySize);
    const startedMs = performance.now();
    for (let step = 0; step < mostSteps && performance.now() - startedMs < walkMs; step += 1) {
      for (let token = 0; token < vocabularySize; token += 1) logits[token] = Math.random();
      const stepMs = performance.now();
      const token = chooser.choose(logits);
      if (performance.now() - stepMs > longestStepMs) return { outcome: "costly" };
      if (token === null || model.endsGeneration(token)) break;
    }
    return { outcome: "works" };
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid_grammar") return { outcome: "unreadable" };
    throw error;
  }
}

process.once("message", (grammar: GrammarToTry) => {
  void tryOut(grammar).then((result) => process.send?.(result, () => process.exit(0)));
});
