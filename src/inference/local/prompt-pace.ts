// How many prompt tokens a step takes, from what steps took before: so that running answers never stall for long, and a
// cancel or a newcomer never waits long for a step that nobody else needs. Pure.

import { tileTokens } from "./plan-batch.ts";

export interface StepWork {
  readonly ms: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
}

export interface PromptPace {
  /** Prompt tokens per step while anyone generates. */
  readonly besideAnswers: number;
  /** Tokens per step while nobody does. */
  readonly alone: number;
  onStep(work: StepWork): void;
}

/** Longest wait between two tokens of a running answer. */
const gapMs = 250;
/** Longest step while nobody generates; a cancel waits for it. */
const aloneMs = 1000;
/** Smaller chunks compute a prompt much slower: below 32 tokens the weights are read more often than they are used. */
const smallestChunk = 32;
/** Multiples of this, so that the library sees few batch shapes. */
const grain = 16;
/** A step of one tile is taken up to this time, because less would compute a prompt much slower. */
const mostTileMs = 2 * gapMs;
const newestPart = 0.3;

/** `firstChunk` holds until something was measured. */
export function createPromptPace(firstChunk: number, batchTokens: number): PromptPace {
  let msPerPromptToken: number | null = null;
  let generateMs = 0;

  const fit = (ms: number, unmeasured: number) => {
    if (msPerPromptToken === null) return Math.min(batchTokens, unmeasured);
    const fitting = Math.floor(ms / msPerPromptToken / grain) * grain;
    const isTileQuick = generateMs + tileTokens * msPerPromptToken <= mostTileMs;
    const tokens = isTileQuick ? Math.max(tileTokens, fitting) : fitting;
    return Math.min(batchTokens, Math.max(smallestChunk, tokens));
  };

  return {
    get besideAnswers() {
      return fit(gapMs - generateMs, firstChunk);
    },
    get alone() {
      return fit(aloneMs, batchTokens);
    },
    onStep({ ms, promptTokens, generatedTokens }) {
      if (promptTokens === 0) {
        if (generatedTokens > 0) generateMs = generateMs === 0 ? ms : generateMs + (ms - generateMs) * newestPart;
        return;
      }
      // A few tokens say more about the step's fixed cost than about theirs.
      if (promptTokens < grain) return;
      const measured = Math.max(ms - (generatedTokens > 0 ? generateMs : 0), ms / 5) / promptTokens;
      msPerPromptToken =
        msPerPromptToken === null ? measured : msPerPromptToken + (measured - msPerPromptToken) * newestPart;
    },
  };
}
