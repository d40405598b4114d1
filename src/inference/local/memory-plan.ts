// What a model will take before it is loaded, and how much of its wishes fits: a plan of contexts instead of a constant.
import { AppError } from "../../platform/errors.ts";
import type { EngineSettings } from "./local-engine-options.ts";
import type { ModelFile } from "./model-file.ts";
import type { ContextPlan, KvType } from "./worker-protocol.ts";

/** Bytes of resident memory that a loaded model takes, by cause. */
export interface MemoryParts {
  /** The model file's tensors, mapped into memory. */
  readonly weights: number;
  /** Keys and values of every resident context. */
  readonly kv: number;
  /** Buffers of the largest step. */
  readonly compute: number;
  /** The child process itself, its tokenizer tables and libraries. */
  readonly overhead: number;
}

export interface MemoryPlan {
  readonly contexts: readonly ContextPlan[];
  readonly parts: MemoryParts;
  /** What the loaded model takes with its resident contexts. */
  readonly neededBytes: number;
  /** And with the contexts that are made on demand. */
  readonly peakBytes: number;
  readonly freeBytes: number;
  readonly fits: boolean;
}

export type PlannedModel = Pick<
  ModelFile,
  "tensorBytes" | "kvElementsPerToken" | "trainedContextTokens" | "vocabularySize" | "embeddingLength"
>;

export interface MachineMemory {
  /** What can be taken without anything being swapped or killed. */
  readonly freeBytes: number;
}

const bytesPerKvElement: Record<KvType, number> = { f16: 2, q8_0: 34 / 32 };

/** Prompt tokens per step: more of them make no prompt faster on a CPU, but every buffer larger. */
const batchTokens = 256;
const longestContextTokens = 32_768;
const shortestContextTokens = 512;

/**
 * Measured on the built product with the starter model: node, koffi, llama.cpp's libraries, and half of node's own program,
 * which the server shares. Run from source, a child takes 33 MB more for the type stripper.
 */
const processBytes = 43_000_000;
/** Measured: tokenizer tables (texts, id maps, merges) take about this much per word of the vocabulary. */
const bytesPerWord = 490;
/** Measured: what an answer in JSON needs beside them, once for the model: every token's bytes and what the grammar says of each. */
const grammarBytesPerWord = 1000;
/** Measured: so many copies of a step's embeddings are alive at once (attention and feed-forward). */
const activationCopies = 20;

/**
 * The best plan that fits: what the settings ask for, else with q8_0 keys and values, else with fewer and shorter
 * sequences. If nothing fits, the smallest plan with `fits: false`.
 */
export function planMemory(model: PlannedModel, machine: MachineMemory, settings: EngineSettings): MemoryPlan {
  const freeBytes = Math.min(machine.freeBytes, settings.memoryLimitBytes ?? Number.POSITIVE_INFINITY);
  let plan: MemoryPlan | undefined;
  for (const wish of wishes(model, settings)) {
    plan = planWide(model, wish, freeBytes);
    if (plan.fits) return withLongContext(model, plan, wish);
  }
  return plan ?? planWide(model, settings, freeBytes);
}

/** Throws AppError("model_too_large") with both numbers if the plan does not fit. */
export function checkFits(plan: MemoryPlan): void {
  if (plan.fits) return;
  throw new AppError("model_too_large", {
    needed: readableBytes(plan.neededBytes),
    free: readableBytes(plan.freeBytes),
  });
}

export function readableBytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(0, Math.round(bytes / 1e6))} MB`;
}

type Wish = Pick<EngineSettings, "sequences" | "contextTokens" | "kvType">;

function* wishes(model: PlannedModel, settings: EngineSettings): Generator<Wish> {
  const contextTokens = Math.min(settings.contextTokens, model.trainedContextTokens);
  yield { ...settings, contextTokens };
  let [sequences, tokens] = [settings.sequences, contextTokens];
  while (true) {
    yield { kvType: "q8_0", sequences, contextTokens: tokens };
    // Fewer people at a time first, then shorter conversations: a queue is kinder than a refusal.
    if (sequences > 1) sequences = Math.ceil(sequences / 2);
    else if (tokens / 2 >= shortestContextTokens) tokens = Math.floor(tokens / 2);
    else return;
  }
}

function planWide(model: PlannedModel, wish: Wish, freeBytes: number): MemoryPlan {
  const wide: ContextPlan = {
    name: "wide",
    sequences: wish.sequences,
    tokensPerSequence: wish.contextTokens,
    kvType: wish.kvType,
    batchTokens: Math.min(batchTokens, wish.contextTokens),
    residency: "always",
  };
  const parts: MemoryParts = {
    weights: model.tensorBytes,
    kv: kvBytes(model, wide),
    compute: computeBytes(model, wide),
    overhead: processBytes + (bytesPerWord + grammarBytesPerWord) * model.vocabularySize,
  };
  const neededBytes = Math.ceil(parts.weights + parts.kv + parts.compute + parts.overhead);
  return { contexts: [wide], parts, neededBytes, peakBytes: neededBytes, freeBytes, fits: neededBytes <= freeBytes };
}

/** Adds one long sequence, made only when a conversation needs it, as long as the model and half of what is left allow. */
function withLongContext(model: PlannedModel, plan: MemoryPlan, wish: Wish): MemoryPlan {
  const spareBytes = (plan.freeBytes - plan.neededBytes) / 2;
  let tokens = Math.min(model.trainedContextTokens, longestContextTokens);
  for (; tokens > wish.contextTokens; tokens = Math.floor(tokens / 2)) {
    const long: ContextPlan = {
      name: "long",
      sequences: 1,
      tokensPerSequence: tokens,
      kvType: wish.kvType,
      batchTokens,
      residency: "on-demand",
    };
    const extra = Math.ceil(kvBytes(model, long) + computeBytes(model, long));
    if (extra <= spareBytes)
      return { ...plan, contexts: [...plan.contexts, long], peakBytes: plan.neededBytes + extra };
  }
  return plan;
}

function kvBytes(model: PlannedModel, context: ContextPlan): number {
  return model.kvElementsPerToken * context.sequences * context.tokensPerSequence * bytesPerKvElement[context.kvType];
}

/** Logits of every sequence and the activations of one step, in 32-bit floats. */
function computeBytes(model: PlannedModel, context: ContextPlan): number {
  const logits = 4 * model.vocabularySize * context.sequences;
  const activations = 4 * context.batchTokens * model.embeddingLength * activationCopies;
  return logits + activations;
}
