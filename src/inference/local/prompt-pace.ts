// How long a step will take, from what steps took before: so that running answers never stall for longer than the target
// gap, and a cancel or a newcomer never waits long for a step that nobody else needs. Pure.
import type { MeasuredSpeed } from "./estimate-waits.ts";

export interface StepWork {
  readonly ms: number;
  readonly promptTokens: number;
  /** Mean number of tokens that stood before those of the prompts. */
  readonly promptLength: number;
  readonly generatedTokens: number;
}

/** What prompts may take of a step, and what their tokens are expected to take of it. */
export interface StepRoom {
  readonly roomMs: number;
  /** A prompt token at the start of a context. */
  readonly tokenMs: number;
  /** So much longer for each token before it. */
  readonly tokenMsPerLength: number;
}

export interface PromptPace {
  /** While anyone generates. */
  besideAnswers(): StepRoom;
  /** While nobody does. */
  alone(): StepRoom;
  /** Null until an answer and a prompt were measured. */
  speed(): MeasuredSpeed | null;
  onStep(work: StepWork): void;
}

/** Longest step while nobody generates; a cancel waits for it. */
const aloneMs = 1000;
/** A few tokens say more about the step's fixed cost than about theirs. */
const fewestTokens = 16;
const newestPart = 0.3;
/** Prompts that differ less in length tell little about what length costs. */
const tellingLength = 256;
/**
 * llama.cpp computes flash attention in tiles of 64 tokens; the first token of a chunk goes with those of the answers. Far into
 * a context the tokens of a smaller chunk take half as long again. Measured 1,600 tokens into the starter's context: a chunk of
 * 65 takes 300 ms, one of 64 takes 460.
 */
export const tileTokens = 65;
const untiledPrice = 1.5;
/** Nearer to the start attention is too small a part for that. */
const untiledFromLength = 256;

/** What a chunk is expected to take that begins so many tokens into its context. */
export function chunkMs(tokens: number, length: number, { tokenMs, tokenMsPerLength }: StepRoom): number {
  return tokens * priceOf(tokens, length) * (tokenMs + tokenMsPerLength * (length + tokens / 2));
}

/** `firstChunk` and `batchTokens` are the room until something was measured. */
export function createPromptPace(targetGapMs: number, firstChunk: number, batchTokens: number): PromptPace {
  let generateMs = 0;
  const line = createLine();
  const room = (roomMs: number, unmeasured: number): StepRoom => {
    const measured = line.read();
    if (measured === null) return { roomMs: unmeasured, tokenMs: 1, tokenMsPerLength: 0 };
    return { roomMs: Math.max(0, roomMs), ...measured };
  };

  return {
    speed() {
      const measured = line.read();
      if (measured === null || generateMs === 0) return null;
      return { generateMs, promptTokenMs: line.meanMs, mixedStepMs: Math.max(targetGapMs, generateMs) };
    },
    besideAnswers: () => room(targetGapMs - generateMs, firstChunk),
    alone: () => room(aloneMs, batchTokens),
    onStep({ ms, promptTokens, promptLength, generatedTokens }) {
      if (promptTokens === 0) {
        if (generatedTokens > 0) generateMs = generateMs === 0 ? ms : generateMs + (ms - generateMs) * newestPart;
        return;
      }
      if (promptTokens < fewestTokens) return;
      const promptMs = Math.max(ms - (generatedTokens > 0 ? generateMs : 0), ms / 5);
      line.add(promptLength, promptMs / (promptTokens * priceOf(promptTokens, promptLength)));
    },
  };
}

function priceOf(tokens: number, length: number): number {
  return tokens < tileTokens && length >= untiledFromLength ? untiledPrice : 1;
}

/** Milliseconds of a token by the length before it: the straight line through what was measured last. */
function createLine() {
  let measured = false;
  let length = 0;
  let ms = 0;
  let spread = 0;
  let together = 0;
  return {
    get meanMs() {
      return ms;
    },
    add(newLength: number, newMs: number): void {
      const part = measured ? newestPart : 1;
      measured = true;
      const [lengthStep, msStep] = [newLength - length, newMs - ms];
      length += part * lengthStep;
      ms += part * msStep;
      spread = (1 - part) * (spread + part * lengthStep * lengthStep);
      together = (1 - part) * (together + part * lengthStep * msStep);
    },
    read(): Pick<StepRoom, "tokenMs" | "tokenMsPerLength"> | null {
      if (!measured) return null;
      const slope = Math.max(0, together / (spread + tellingLength ** 2));
      // Whatever was measured, a token at the start takes some time.
      const tokenMsPerLength = length > 0 ? Math.min(slope, (ms * 0.8) / length) : slope;
      return { tokenMs: ms - tokenMsPerLength * length, tokenMsPerLength };
    },
  };
}
