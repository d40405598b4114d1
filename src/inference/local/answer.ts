// One answer being written: its prompt, its sampler, and the text that its tokens become.
import type { FinishReason, TokenUsage } from "../model-call.ts";
import type { LlamaApi } from "./llama-api.ts";
import type { LlamaModel } from "./llama-model.ts";
import type { Pointer } from "./llama-structs.ts";
import { makeSamplerChain, type SamplerSettings } from "./sampler-chain.ts";
import { createTextAssembler } from "./text-assembler.ts";
import { createTokenChooser, type TokenChooser } from "./token-chooser.ts";
import { createThinkingLimit } from "./thinking-limit.ts";
import type { GenerateCommand, StepsAlone, ThinkingLimitWish } from "./worker-protocol.ts";

/** A request that passed every check and may be computed as soon as a sequence is free. */
export interface AcceptedRequest {
  readonly command: GenerateCommand;
  readonly prompt: Int32Array;
  /** Of its start, so many tokens may be shared in the command's other scope. */
  readonly sharedTokens: number;
  readonly settings: SamplerSettings;
  /** Index of its context in the plan. */
  readonly context: number;
  readonly arrivedMs: number;
}

export interface AnswerStep {
  /** Text to show now, and how many tokens it took; the text may be empty. */
  readonly text: string;
  readonly tokens: number;
  readonly finishReason: FinishReason | null;
}

export interface Answer {
  readonly request: AcceptedRequest;
  readonly sampler: Pointer;
  /** Where a grammar or a bias has a say; null lets the sampler choose alone. */
  readonly chooser: TokenChooser | null;
  readonly startedMs: number;
  /** What has to be in its sequence before a token can be chosen: the request's prompt, after a pause the answer too. */
  readonly prompt: Int32Array;
  /** Sampled but not computed yet; null while the prompt is not done. */
  readonly nextToken: number | null;
  /** Set by a cancel; the answer is taken out between two steps. */
  cancelled: boolean;
  /** Takes a sampled token. `hasRoom`: whether the sequence can hold it. */
  accept(token: number, hasRoom: boolean): AnswerStep;
  /** It loses its sequence, which held `computed`, and goes on in another one from there. */
  pause(computed: Int32Array): void;
  usage(): TokenUsage;
  /** A step computed its next token and nothing else. */
  tookAlone(ms: number): void;
  alone(): StepsAlone;
  free(): void;
}

export function createAnswer(
  api: LlamaApi,
  model: LlamaModel,
  request: AcceptedRequest,
  {
    cachedTokens,
    startedMs,
    tokensPerSequence,
  }: { cachedTokens: number; startedMs: number; tokensPerSequence: number },
): Answer {
  const { command, settings } = request;
  const maxTokens = Math.max(1, Math.min(command.maxOutputTokens ?? Infinity, tokensPerSequence));
  const sampler = makeSamplerChain(api, settings, {
    vocabularySize: model.vocabularySize,
    maxTokens,
    prompt: request.prompt,
  });
  const marks = model.markPieces(command.shownMarks ?? []);
  const chooser = chooserOf(api, model, command, sampler, marks);
  const assembler = createTextAssembler(command.stop);
  let completionTokens = 0;
  let tokensNotShown = 0;
  let { prompt } = request;
  let nextToken: number | null = null;
  let alone: StepsAlone = { tokens: 0, ms: 0 };

  const show = (text: string, finishReason: FinishReason | null): AnswerStep => {
    const tokens = tokensNotShown;
    if (text === "") return { text, tokens: 0, finishReason };
    tokensNotShown = 0;
    return { text, tokens, finishReason };
  };

  return {
    request,
    sampler,
    chooser,
    startedMs,
    get prompt() {
      return prompt;
    },
    get nextToken() {
      return nextToken;
    },
    cancelled: false,
    accept(token, hasRoom) {
      completionTokens += 1;
      if (model.endsGeneration(token)) return show(assembler.end(), "stop");
      tokensNotShown += 1;
      const added = assembler.add(marks.get(token) ?? model.piece(token));
      if (added.stopped) return show(added.text, "stop");
      if (!hasRoom || completionTokens >= maxTokens) return show(added.text + assembler.end(), "length");
      nextToken = token;
      return show(added.text, null);
    },
    pause(computed) {
      if (nextToken === null) return;
      prompt = Int32Array.of(...computed, nextToken);
      nextToken = null;
    },
    usage: () => ({ promptTokens: request.prompt.length, cachedTokens, completionTokens }),
    tookAlone: (ms) => (alone = { tokens: alone.tokens + 1, ms: alone.ms + ms }),
    alone: () => alone,
    free: () => {
      chooser?.free();
      api.samplerFree(sampler);
    },
  };
}

function chooserOf(
  api: LlamaApi,
  model: LlamaModel,
  { grammar, logitBias = {}, thinkingLimit }: GenerateCommand,
  chain: Pointer,
  marks: ReadonlyMap<number, Uint8Array>,
): TokenChooser | null {
  if (grammar === undefined && thinkingLimit === undefined && Object.keys(logitBias).length === 0) return null;
  const limit = thinkingLimit === undefined ? null : createThinkingLimit(thinkingLimit, tokensOf(model, thinkingLimit));
  try {
    return createTokenChooser(api, model, { grammar: grammar ?? null, logitBias, chain, marks, thinkingLimit: limit });
  } catch (error) {
    api.samplerFree(chain);
    throw error;
  }
}

function tokensOf(model: LlamaModel, { close }: ThinkingLimitWish): readonly number[] {
  return [...model.tokenize([{ kind: "control", text: close }], { addBegin: false })];
}
