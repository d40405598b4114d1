// Which saved states there are, and which of them begins a prompt with the most equal tokens. Pure bookkeeping.
import type { StateHeader } from "./state-header.ts";

export type IndexedState = Pick<StateHeader, "name" | "scope" | "layout" | "tokens" | "dataBytes">;

export interface FoundState extends IndexedState {
  /** Tokens of the prompt that it holds, from the start. */
  readonly equalTokens: number;
}

/** Whose, and of which layout. */
export type StateOf = Pick<StateHeader, "scope" | "layout">;

/** Where to look, and how much of the prompt may be found there. */
export interface StateLook extends StateOf {
  readonly mostTokens: number;
}

export interface StateIndex {
  add(state: IndexedState): void;
  remove(name: string): void;
  /** Those whose name says so. */
  removeWhere(isGone: (name: string) => boolean): void;
  find(prompt: Int32Array, looks: readonly StateLook[]): FoundState | null;
  /** Whether one in the same scope holds all these tokens. */
  holds(of: StateOf, tokens: Int32Array): boolean;
  /** Names of those in the same scope that hold little but a start of these tokens: what the chat went on from. */
  heldBy(of: StateOf, tokens: Int32Array): readonly string[];
}

/** How many tokens two lists share from the start. */
export function commonStart(one: Int32Array, other: Int32Array): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one[length] === other[length]) length += 1;
  return length;
}

/** The rest is an answer that was thrown away, or thinking that the next turn does not tell again. */
const replacedPart = 0.75;

export function createStateIndex(): StateIndex {
  const states = new Map<string, IndexedState>();
  const those = ({ scope, layout }: StateOf) =>
    [...states.values()].filter((state) => state.scope === scope && state.layout === layout);

  return {
    add: (state) => void states.set(state.name, state),
    remove: (name) => void states.delete(name),
    removeWhere(isGone) {
      for (const name of [...states.keys()].filter(isGone)) states.delete(name);
    },
    find(prompt, looks) {
      let best: FoundState | null = null;
      for (const look of looks) {
        for (const state of those(look)) {
          const equalTokens = Math.min(commonStart(state.tokens, prompt), look.mostTokens);
          const isBetter =
            best === null ||
            equalTokens > best.equalTokens ||
            (equalTokens === best.equalTokens && state.dataBytes < best.dataBytes);
          if (equalTokens > 0 && isBetter) best = { ...state, equalTokens };
        }
      }
      return best;
    },
    holds: (of, tokens) => those(of).some((state) => commonStart(state.tokens, tokens) === tokens.length),
    heldBy: (of, tokens) =>
      those(of)
        .filter((state) => commonStart(state.tokens, tokens) > state.tokens.length * replacedPart)
        .map(({ name }) => name),
  };
}
