// Sampling settings as a native sampler chain. Settings that a request leaves out are llama.cpp's own defaults.
import { randomInt } from "node:crypto";
import { AppError } from "../../platform/errors.ts";
import type { Sampling } from "../model-call.ts";
import type { LlamaApi } from "./llama-api.ts";
import type { Pointer } from "./llama-structs.ts";

export interface SamplerSettings {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repeatPenalty: number;
  readonly presencePenalty: number;
  readonly frequencyPenalty: number;
  /** Null draws a new one. */
  readonly seed: number | null;
}

/** The repeat penalty looks at this many tokens back, the prompt's last ones included. */
export const repeatWindowTokens = 64;

const defaults: SamplerSettings = {
  temperature: 0.8,
  topK: 40,
  topP: 0.95,
  minP: 0.05,
  repeatPenalty: 1,
  presencePenalty: 0,
  frequencyPenalty: 0,
  seed: null,
};

type Limits = readonly [name: keyof Sampling, least: number, most: number];

const limits: readonly Limits[] = [
  ["temperature", 0, 10],
  ["topK", 0, 1_000_000],
  ["topP", 0, 1],
  ["minP", 0, 1],
  ["repeatPenalty", 0.01, 10],
  ["presencePenalty", -2, 2],
  ["frequencyPenalty", -2, 2],
  ["seed", Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
];

/** Fills in defaults. Throws invalid_request for a value outside its range: NaN or a negative penalty is fatal in C. */
export function readSamplerSettings(sampling: Sampling): SamplerSettings {
  for (const [name, least, most] of limits) {
    const value = sampling[name];
    if (value === undefined) continue;
    if (!(value >= least && value <= most)) {
      const range = name === "seed" ? "a whole number" : `${least} to ${most}`;
      throw new AppError("invalid_request", { problem: `${name} must be ${range}` });
    }
  }
  const given = Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
  return { ...defaults, ...given };
}

/**
 * A chain that ends with a choice; free it with samplerFree. The presence and frequency penalties count the answer
 * alone, as OpenAI's do; the repeat penalty also sees the end of the prompt.
 */
export function makeSamplerChain(
  api: LlamaApi,
  settings: SamplerSettings,
  { vocabularySize, maxTokens, prompt }: { vocabularySize: number; maxTokens: number; prompt: Int32Array },
): Pointer {
  const chain = api.chainInit({ no_perf: true });
  const add = (sampler: Pointer) => api.chainAdd(chain, sampler);
  const { temperature, topK, topP, minP, repeatPenalty, presencePenalty, frequencyPenalty } = settings;
  if (repeatPenalty !== 1) {
    const repeat = api.samplerPenalties(vocabularySize, repeatWindowTokens, repeatPenalty, 0, 0);
    for (const token of prompt.subarray(-repeatWindowTokens)) api.samplerAccept(repeat, token);
    add(repeat);
  }
  if (presencePenalty !== 0 || frequencyPenalty !== 0) {
    add(api.samplerPenalties(vocabularySize, Math.max(1, maxTokens), 1, frequencyPenalty, presencePenalty));
  }
  if (temperature === 0) {
    add(api.samplerGreedy());
    return chain;
  }
  if (topK > 0) add(api.samplerTopK(Math.floor(topK)));
  if (topP < 1) add(api.samplerTopP(topP, 1));
  if (minP > 0) add(api.samplerMinP(minP, 1));
  add(api.samplerTemperature(temperature));
  add(api.samplerDistribution(chooseSeed(settings.seed)));
  return chain;
}

/** 32 bits; all ones mean "random" to llama.cpp, so that one seed becomes its neighbour. */
function chooseSeed(seed: number | null): number {
  const bits = seed === null ? randomInt(0xffff_ffff) : Math.trunc(seed) >>> 0;
  return bits === 0xffff_ffff ? 0xffff_fffe : bits;
}
