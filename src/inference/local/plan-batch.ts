// What one engine step computes. Pure: the state comes in as data (with its own clock), the batch goes out as data, and
// nothing here knows of C, of time or of how many contexts there are.
//
// Every sequence that generates gets its token in every step. Prompt tokens fill the room that the target gap leaves, a
// tile at a time: best lane first (ageing lifts every lane), then the user whose turn it is, then that user's request.
import type { Lane } from "../model-call.ts";
import { afterTurn, type Contender, nextInTurn, type Owed, withoutSettled } from "./fair-turns.ts";
import { chunkMs, type StepRoom, tileTokens } from "./prompt-pace.ts";

/** What decides whose turn it is, for a prompt in a sequence and for a request that waits for one. */
export interface Ranked {
  readonly userId: string;
  /** How much this user gets beside others; 1 is normal. */
  readonly weight: number;
  readonly lane: Lane;
  /** When the request arrived, on the state's clock. */
  readonly arrivedMs: number;
}

export interface PlannedSequence extends Ranked {
  readonly sequence: number;
  /** Prompt tokens not computed yet; 0 while it generates. */
  readonly promptTokensLeft: number;
  /** Tokens of it that are in the cache already. */
  readonly length: number;
}

/** Prompt tokens that users are behind their share, and of each user the requests, by their sequence. */
export interface PromptsOwed {
  readonly users: Owed<string>;
  readonly sequences: ReadonlyMap<string, Owed<number>>;
}

export const nothingOwed: PromptsOwed = { users: new Map(), sequences: new Map() };

export interface BatchState {
  readonly nowMs: number;
  readonly sequences: readonly PlannedSequence[];
  readonly owed: PromptsOwed;
  readonly batchTokens: number;
  /** For prompts, beside the answers that are being written. */
  readonly room: StepRoom;
}

export interface PlannedBatch {
  /** Sequences that get one generated token each. */
  readonly generate: readonly number[];
  readonly prompts: readonly { readonly sequence: number; readonly tokens: number }[];
}

export interface PlannedStep extends PlannedBatch {
  /** For the next step. */
  readonly owed: PromptsOwed;
}

/** A request that waited this long for its prompt counts as one lane better, so that no lane starves. */
const ageingMs = 20_000;
/** Smaller chunks compute a prompt much slower: below 32 tokens the weights are read more often than they are used. */
const smallestChunk = 32;
/** Chunks other than tiles and rests are multiples of this, so that the library sees few batch shapes. */
const grain = 16;

export const laneRanks: Readonly<Record<Lane, number>> = { interactive: 0, api: 1, batch: 2 };

export function planBatch(state: BatchState): PlannedStep {
  const generate = state.sequences
    .filter(({ promptTokensLeft }) => promptTokensLeft === 0)
    .slice(0, state.batchTokens)
    .map(({ sequence }) => sequence);
  return { generate, ...fillRoom(state, state.batchTokens - generate.length) };
}

function fillRoom(state: BatchState, batchTokensLeft: number): Pick<PlannedStep, "prompts" | "owed"> {
  const filling = createFilling(state, batchTokensLeft);
  for (let turn = filling.next(); turn !== null; turn = filling.next()) {
    const { prompt } = turn;
    // A part of a tile is dear: beside another prompt it waits for the next step, and who is in this one takes the room.
    const tokens = filling.isEmpty ? filling.mostOf(prompt) || filling.leastOf(prompt) : filling.tileOf(prompt);
    if (tokens === 0) break;
    filling.grant(turn, tokens);
  }
  for (const turn of filling.granted)
    for (let more = filling.mostOf(turn.prompt); more > 0; more = filling.mostOf(turn.prompt))
      filling.grant(turn, more);
  return filling.read();
}

/** Of whom to take the next tokens, and who competed for that. */
interface Turn {
  readonly prompt: PlannedSequence;
  readonly users: readonly Contender<string>[];
  readonly requests: readonly Contender<number>[];
}

/** One step being filled with prompt tokens. */
function createFilling(state: BatchState, batchTokensLeft: number) {
  const { room } = state;
  const chunks = new Map<number, { turn: Turn; tokens: number }>();
  let owed = ofPresent(state);
  let [tokensLeft, msLeft] = [batchTokensLeft, room.roomMs];
  const chunkOf = ({ sequence }: PlannedSequence) => chunks.get(sequence)?.tokens ?? 0;
  const restOf = (prompt: PlannedSequence) => prompt.promptTokensLeft - chunkOf(prompt);
  const tileRest = (prompt: PlannedSequence) =>
    Math.min(restOf(prompt), chunkOf(prompt) === 0 ? tileTokens : tileTokens - 1);
  const priceOf = (prompt: PlannedSequence, more: number) => {
    const already = chunkOf(prompt);
    return chunkMs(already + more, prompt.length, room) - chunkMs(already, prompt.length, room);
  };
  const fits = (prompt: PlannedSequence, more: number) => more <= tokensLeft && priceOf(prompt, more) <= msLeft;

  return {
    get isEmpty() {
      return chunks.size === 0;
    },
    get granted() {
      return [...chunks.values()].map(({ turn }) => turn);
    },
    next: () =>
      chooseTurn(
        state.sequences.filter((prompt) => restOf(prompt) > 0),
        state.nowMs,
        owed,
        tileRest,
      ),
    tileOf: (prompt: PlannedSequence) => (fits(prompt, tileRest(prompt)) ? tileRest(prompt) : 0),
    /** Up to a tile. */
    mostOf(prompt: PlannedSequence): number {
      const most = tileRest(prompt);
      if (fits(prompt, most)) return most;
      const least = chunkOf(prompt) === 0 ? smallestChunk : grain;
      for (let tokens = Math.floor(most / grain) * grain; tokens >= least; tokens -= grain)
        if (fits(prompt, tokens)) return tokens;
      return 0;
    },
    /** However long it takes: a prompt that waits always comes on. */
    leastOf: (prompt: PlannedSequence) => Math.min(smallestChunk, restOf(prompt), tokensLeft),
    grant(turn: Turn, tokens: number): void {
      const { prompt, users, requests } = turn;
      const { userId, sequence } = prompt;
      const ofUser = afterTurn(owed.sequences.get(userId) ?? new Map<number, number>(), requests, sequence, tokens);
      msLeft -= priceOf(prompt, tokens);
      tokensLeft -= tokens;
      owed = {
        users: afterTurn(owed.users, users, userId, tokens),
        sequences: new Map(owed.sequences).set(userId, ofUser),
      };
      chunks.set(sequence, { turn, tokens: chunkOf(prompt) + tokens });
    },
    read: () => ({
      prompts: [...chunks].map(([sequence, { tokens }]) => ({ sequence, tokens })),
      owed,
    }),
  };
}

function chooseTurn(
  prompts: readonly PlannedSequence[],
  nowMs: number,
  owed: PromptsOwed,
  tokensOf: (prompt: PlannedSequence) => number,
): Turn | null {
  const users = Map.groupBy(ofBestLane(prompts, nowMs), ({ userId }) => userId);
  const contenders = [...users].map(([key, ofUser]) => {
    const requests = ofUser.map((prompt) => ({ key: prompt.sequence, weight: 1, tokens: tokensOf(prompt), prompt }));
    const { prompt, tokens } = nextInTurn(requests, owed.sequences.get(key) ?? new Map()) as (typeof requests)[number];
    return { key, weight: prompt.weight, tokens, prompt, requests };
  });
  const next = nextInTurn(contenders, owed.users);
  return next === null ? null : { prompt: next.prompt, requests: next.requests, users: contenders };
}

/** What prompts had of a step: their tokens, and how many stood before each on average. */
export function promptWork(sequences: readonly PlannedSequence[], prompts: PlannedBatch["prompts"]) {
  let [promptTokens, lengths] = [0, 0];
  for (const { sequence, tokens } of prompts) {
    const { length = 0 } = sequences.find((one) => one.sequence === sequence) ?? {};
    promptTokens += tokens;
    lengths += tokens * (length + tokens / 2);
  }
  return { promptTokens, promptLength: promptTokens === 0 ? 0 : lengths / promptTokens };
}

/** Those of the best lane, where waiting long enough makes a lane better; the oldest first. */
export function ofBestLane<Entry extends Ranked>(entries: readonly Entry[], nowMs: number): readonly Entry[] {
  const best = Math.min(...entries.map((entry) => agedRank(entry, nowMs)));
  const chosen = entries.filter((entry) => agedRank(entry, nowMs) === best);
  return chosen.sort((one, other) => one.arrivedMs - other.arrivedMs);
}

/** 0 is best. */
export function agedRank({ lane, arrivedMs }: Ranked, nowMs: number): number {
  return Math.max(0, laneRanks[lane] - Math.floor(Math.max(0, nowMs - arrivedMs) / ageingMs));
}

function ofPresent({ sequences, owed }: BatchState): PromptsOwed {
  const prompts = sequences.filter(({ promptTokensLeft }) => promptTokensLeft > 0);
  const isHere = (userId: string) => prompts.some((prompt) => prompt.userId === userId);
  const requests = [...owed.sequences].map(([userId, ofUser]): [string, Owed<number>] => {
    const own = new Set(prompts.filter((prompt) => prompt.userId === userId).map(({ sequence }) => sequence));
    return [userId, new Map([...ofUser].filter(([sequence]) => own.has(sequence)))];
  });
  return {
    users: withoutSettled(owed.users, isHere),
    sequences: new Map(requests.filter(([, ofUser]) => ofUser.size > 0)),
  };
}
