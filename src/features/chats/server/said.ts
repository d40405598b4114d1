// What a model has said of an answer so far: text and thoughts, how long it thought, and how many tokens that were.
import type { ModelEvent } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import { type AnswerText, createAnswerText } from "./answer-text.ts";
import { storableText } from "./storable-text.ts";

/** No answer is longer; a provider that never stops must not fill the memory. */
const maxAnswerCharacters = 4_000_000;

/** What earlier runs wrote of this answer, and what they thought. */
export interface SaidBefore {
  readonly text: string;
  readonly reasoning: string;
  readonly reasoningMs: number;
}

/** Null: not known. */
export interface SaidTokens {
  readonly completionTokens: number | null;
  readonly reasoningTokens: number | null;
}

export interface Said {
  readonly answer: AnswerText;
  readonly reasoning: AnswerText;
  /** How long the model has thought so far. */
  reasoningMs(): number;
  /** Of this run alone. */
  tokens(): SaidTokens;
  /** Answers whether it may go on: no longer where the answer has become as long as any may be. */
  add(piece: Extract<ModelEvent, { readonly type: "text-delta" | "reasoning-delta" }>): boolean;
}

export function createSaid(before: SaidBefore, clock: Clock): Said {
  const answer = createAnswerText(before.text);
  const reasoning = createAnswerText(before.reasoning);
  let reasoningMs = before.reasoningMs;
  /** When the model last began to think, while it does. */
  let thinkingSince: number | null = null;
  let tokens: SaidTokens = { completionTokens: 0, reasoningTokens: 0 };

  /** From its first sign to its last; a second thought behind some text counts too. */
  function think(text: string): void {
    const now = clock();
    if (thinkingSince !== null) reasoningMs += now - thinkingSince;
    thinkingSince = now;
    reasoning.append(text);
  }

  return {
    answer,
    reasoning,
    reasoningMs: () => reasoningMs,
    tokens: () => tokens,
    add(piece) {
      const text = storableText(piece.text);
      const isThought = piece.type === "reasoning-delta";
      if (isThought) {
        think(text);
      } else {
        thinkingSince = null;
        answer.append(text);
      }
      tokens = {
        completionTokens: sum(tokens.completionTokens, piece.tokens),
        reasoningTokens: isThought ? sum(tokens.reasoningTokens, piece.tokens) : tokens.reasoningTokens,
      };
      return answer.length + reasoning.length <= maxAnswerCharacters;
    },
  };
}

/** Unknown is not zero. */
function sum(before: number | null, more: number | null): number | null {
  return before === null || more === null ? null : before + more;
}
