// What one engine step computes. Pure: the state comes in as data (with its own clock), the batch goes out as data, and
// nothing here knows of C, of time or of how many contexts there are.
//
// Every sequence that generates gets its token in every step. Prompt tokens fill the rest, in chunks small enough that
// running answers do not stall. The order of prompts: lane (with ageing), then the user whose turn is longest ago, then
// age; the room is shared between the users of the best lane first, in proportion to their weights.
import type { Lane } from "../model-call.ts";

export interface PlannedSequence {
  readonly sequence: number;
  readonly userId: string;
  readonly lane: Lane;
  /** When the request arrived, on the state's clock. */
  readonly arrivedMs: number;
  /** Prompt tokens not computed yet; 0 while it generates. */
  readonly promptTokensLeft: number;
  /** Tokens of it that are in the cache already. */
  readonly length: number;
}

export interface UserShare {
  /** How much of the room this user gets beside others; 1 is normal. */
  readonly weight: number;
  /** Number of the step in which a prompt of this user was last computed; −1 for never. */
  readonly lastTurn: number;
}

export interface BatchState {
  readonly nowMs: number;
  readonly sequences: readonly PlannedSequence[];
  /** Users not listed have weight 1 and had no turn yet. */
  readonly users: ReadonlyMap<string, UserShare>;
  readonly batchTokens: number;
  /** Prompt tokens per step while any sequence generates. */
  readonly promptChunkTokens: number;
}

export interface PlannedBatch {
  /** Sequences that get one generated token each. */
  readonly generate: readonly number[];
  readonly prompts: readonly { readonly sequence: number; readonly tokens: number }[];
}

/** A request that waited this long for its prompt counts as one lane better, so that no lane starves. */
const ageingMs = 20_000;
/**
 * llama.cpp computes flash attention in tiles of 64 tokens; the first token of a chunk goes with those of the answers. Far into
 * a context the tokens of a smaller chunk take half as long again. Measured 1,600 tokens into the starter's context: a chunk of
 * 65 takes 300 ms, one of 64 takes 460.
 */
export const tileTokens = 65;
const untiledPrice = 1.5;
/** Nearer to the start attention is too small a part for that. */
const untiledFromLength = 256;

const laneRanks: Readonly<Record<Lane, number>> = { interactive: 0, api: 1, batch: 2 };
const newUser: UserShare = { weight: 1, lastTurn: -1 };

export function planBatch(state: BatchState): PlannedBatch {
  const generate = state.sequences
    .filter(({ promptTokensLeft }) => promptTokensLeft === 0)
    .slice(0, state.batchTokens)
    .map(({ sequence }) => sequence);
  const left = state.batchTokens - generate.length;
  const room = generate.length > 0 ? Math.min(left, Math.max(1, state.promptChunkTokens)) : left;
  return { generate, prompts: sharePromptRoom(state, room, generate.length > 0) };
}

/** Best lane first; whose last turn is longest ago first; oldest first. Also the order in which requests are admitted. */
export function comparePrompts(
  one: PlannedSequence,
  other: PlannedSequence,
  { nowMs, users }: Pick<BatchState, "nowMs" | "users">,
): number {
  const lastTurn = ({ userId }: PlannedSequence) => (users.get(userId) ?? newUser).lastTurn;
  return (
    agedRank(one, nowMs) - agedRank(other, nowMs) ||
    lastTurn(one) - lastTurn(other) ||
    one.arrivedMs - other.arrivedMs ||
    one.sequence - other.sequence
  );
}

function agedRank({ lane, arrivedMs }: PlannedSequence, nowMs: number): number {
  return Math.max(0, laneRanks[lane] - Math.floor(Math.max(0, nowMs - arrivedMs) / ageingMs));
}

function sharePromptRoom(state: BatchState, room: number, besideAnswers: boolean): PlannedBatch["prompts"] {
  const prompts = state.sequences.filter(({ promptTokensLeft }) => promptTokensLeft > 0);
  prompts.sort((one, other) => comparePrompts(one, other, state));
  const granted = new Map<number, number>();
  let left = room;
  const grant = (prompt: PlannedSequence, most: number) => {
    const already = granted.get(prompt.sequence) ?? 0;
    const wanted = Math.min(left, most, prompt.promptTokensLeft - already);
    if (wanted <= 0) return;
    const price = besideAnswers ? priceOf(prompt, already + wanted) : 1;
    const tokens = Math.min(wanted, Math.max(1, Math.floor(left / price)));
    granted.set(prompt.sequence, already + tokens);
    left -= Math.min(left, Math.ceil(tokens * price));
  };
  // First every user of the best lane a share for their foremost prompt, then whatever is left in order.
  const best = prompts[0] === undefined ? [] : foremostPerUser(prompts, state.nowMs);
  const weights = best.reduce((sum, { userId }) => sum + weightOf(state, userId), 0);
  for (const prompt of best) {
    const share = Math.floor((room * weightOf(state, prompt.userId)) / weights);
    // Less than a tile is not worth its step: the first in order takes it, and it is another's turn in the next.
    grant(prompt, Math.max(tileTokens, share));
  }
  for (const prompt of prompts) grant(prompt, left);
  return prompts
    .filter(({ sequence }) => granted.has(sequence))
    .map(({ sequence }) => ({ sequence, tokens: granted.get(sequence) as number }));
}

/** How much of the room a token of a chunk of this size takes. */
function priceOf({ length }: PlannedSequence, chunk: number): number {
  return chunk < tileTokens && length >= untiledFromLength ? untiledPrice : 1;
}

function foremostPerUser(prompts: readonly PlannedSequence[], nowMs: number): readonly PlannedSequence[] {
  const rank = agedRank(prompts[0] as PlannedSequence, nowMs);
  const seen = new Set<string>();
  return prompts.filter((prompt) => {
    if (agedRank(prompt, nowMs) !== rank || seen.has(prompt.userId)) return false;
    seen.add(prompt.userId);
    return true;
  });
}

function weightOf(state: BatchState, userId: string): number {
  return Math.max(0.01, (state.users.get(userId) ?? newUser).weight);
}
