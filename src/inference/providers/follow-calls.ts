// The calls of tools in a service's stream, as events of our port: each begins once, with an id and a name, and is then
// counted in the order in which they began.
import { randomUUID } from "node:crypto";
import type { ModelEvent } from "../model-call.ts";
import type { CalledPiece } from "./completion-frames.ts";

/** A service that never stops must not fill the memory. */
const mostCalls = 128;

export interface CallFollower {
  readonly count: number;
  take(piece: CalledPiece): readonly ModelEvent[];
}

interface FollowedCall {
  readonly index: number | null;
  readonly id: string | null;
  readonly number: number;
}

export function createCallFollower(): CallFollower {
  const calls: FollowedCall[] = [];

  /** Some leave the index out, some the id on all pieces but the first, some repeat it on each. */
  const find = ({ index, id }: CalledPiece): FollowedCall | undefined => {
    if (index !== null) return calls.find((call) => call.index === index);
    return id === null ? calls.at(-1) : calls.find((call) => call.id === id);
  };

  return {
    get count() {
      return calls.length;
    },
    take(piece) {
      const known = find(piece);
      if (known !== undefined) {
        if (piece.arguments === "") return [];
        return [{ type: "tool-call-delta", index: known.number, call: null, arguments: piece.arguments, tokens: null }];
      }
      // Arguments of nothing are nobody's.
      if (piece.name === null || calls.length === mostCalls) return [];
      const begun = { index: piece.index, id: piece.id, number: calls.length };
      calls.push(begun);
      const call = { id: piece.id ?? `call_${randomUUID().replaceAll("-", "")}`, name: piece.name };
      return [{ type: "tool-call-delta", index: begun.number, call, arguments: piece.arguments, tokens: null }];
    },
  };
}
