// Which of the planned contexts a request belongs to, by real token counts. Pure.
import { AppError } from "../../platform/errors.ts";

export interface ContextRoom {
  readonly tokensPerSequence: number;
}

/** Room for an answer of unknown length; it may grow past it up to the end of its context. */
const usualAnswerTokens = 1024;

/**
 * Index of the smallest context that holds prompt and answer, else of the largest if it holds the prompt. Throws
 * context_length_exceeded with both numbers. `contexts` in any order, at least one.
 */
export function chooseContext(
  contexts: readonly ContextRoom[],
  promptTokens: number,
  maxOutputTokens: number | null,
): number {
  const bySize = contexts
    .map(({ tokensPerSequence }, index) => ({ tokensPerSequence, index }))
    .sort((one, other) => one.tokensPerSequence - other.tokensPerSequence);
  const smallest = bySize[0];
  const largest = bySize.at(-1);
  if (smallest === undefined || largest === undefined) throw new RangeError("there is no context");
  // An answer needs room for one token at least.
  if (promptTokens + 1 > largest.tokensPerSequence) {
    throw new AppError("context_length_exceeded", { promptTokens, contextTokens: largest.tokensPerSequence });
  }
  const answerTokens = maxOutputTokens ?? Math.min(usualAnswerTokens, Math.floor(smallest.tokensPerSequence / 4));
  const fitting = bySize.find(({ tokensPerSequence }) => promptTokens + answerTokens <= tokensPerSequence);
  return (fitting ?? largest).index;
}
