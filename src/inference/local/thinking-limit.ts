// Counts what a model thinks, and ends it: past the limit the tokens that close the thinking come next, whatever the model
// would have chosen.
import { createGrammarGate } from "./grammar-gate.ts";
import type { ThinkingLimitWish } from "./worker-protocol.ts";

export interface ThinkingLimit {
  /** The token that must come next, or null. */
  next(): number | null;
  pass(text: string): void;
}

/** `close`: the tokens of what ends the thinking. */
export function createThinkingLimit({ tokens, end }: ThinkingLimitWish, close: readonly number[]): ThinkingLimit {
  const gate = createGrammarGate(end);
  let left = tokens;
  let isOver = false;
  /** Of what ends it. */
  let written = 0;

  return {
    next() {
      const isDue = written > 0 || (!isOver && left <= 0);
      if (!isDue || written === close.length) return null;
      written += 1;
      return close[written - 1] as number;
    },
    pass(text) {
      if (isOver) return;
      isOver = gate.look(text) !== "closed";
      if (isOver) return;
      gate.pass(text);
      if (written === 0) left -= 1;
    },
  };
}
