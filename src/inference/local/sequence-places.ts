// The places of one context: which sequences are taken and by whom, and which tokens their caches hold. A prompt gets the
// one with its longest known start; before what could be saved is lost, that is told.
import type { StateTags } from "../cache/state-name.ts";
import type { AcceptedRequest, Answer } from "./answer.ts";
import {
  type AskingScopes,
  type CachedSequence,
  chooseSequence,
  type SequenceChoice,
  type SharedTokens,
} from "./choose-sequence.ts";
import type { LlamaContext } from "./llama-context.ts";

export interface SequenceRecord {
  readonly sequence: number;
  /** As many as the context says that the sequence has are valid. */
  readonly tokens: Int32Array;
  scope: string | null;
  shared: SharedTokens | null;
  /** Null for what must not be saved. */
  tags: StateTags | null;
  /** Of its tokens, from the start, so many are saved. */
  savedTokens: number;
  lastUsed: number;
  lastUsedMs: number;
  answer: Answer | null;
  /** Kept free for a request whose saved state is on its way. */
  isReserved: boolean;
  /** Length at which its prompt stops once; 0: nowhere. */
  stopsAt: number;
}

/** What a sequence holds, as far as saving it goes. */
export interface HeldTokens {
  readonly sequence: number;
  readonly scope: string;
  readonly tags: StateTags;
  /** A view of what is there now. */
  readonly tokens: Int32Array;
  readonly savedTokens: number;
  readonly isRunning: boolean;
  readonly lastUsedMs: number;
}

/** Called before all but `keptTokens` of what a sequence holds is lost. */
export type BeforeLoss = (context: LlamaContext, held: HeldTokens, keptTokens: number) => void;

export interface SequenceHooks {
  readonly nowMs: () => number;
  readonly beforeLoss: BeforeLoss;
  /** Whether the prompt is to stop at the end of its shared start, so that it can be saved alone. */
  readonly wantsStart: (context: LlamaContext, request: AcceptedRequest) => boolean;
}

export interface SequencePlaces {
  readonly records: readonly SequenceRecord[];
  recordOf(sequence: number): SequenceRecord;
  isTaken(record: SequenceRecord): boolean;
  /** It is looked for now, and replaced later than all others. */
  use(record: SequenceRecord): void;
  choose(prompt: Int32Array, request: AcceptedRequest): SequenceChoice | null;
  /** The sequence for a prompt, with its longest known start in it; null if none is free. */
  take(
    prompt: Int32Array,
    request: AcceptedRequest,
  ): { readonly record: SequenceRecord; readonly cachedTokens: number } | null;
  /** The answer loses its sequence. */
  takeOut(record: SequenceRecord): Answer;
  /** Empties a sequence and keeps it free; null if none is free. */
  reserve(): number | null;
  empty(record: SequenceRecord): void;
  held(): readonly HeldTokens[];
}

export function createSequencePlaces(
  context: LlamaContext,
  { nowMs, beforeLoss, wantsStart }: SequenceHooks,
): SequencePlaces {
  const records: readonly SequenceRecord[] = Array.from({ length: context.sequences }, (_, sequence) => ({
    sequence,
    tokens: new Int32Array(context.tokensPerSequence),
    scope: null,
    shared: null,
    tags: null,
    savedTokens: 0,
    lastUsed: 0,
    lastUsedMs: 0,
    answer: null,
    isReserved: false,
    stopsAt: 0,
  }));
  let uses = 0;
  const recordOf = (sequence: number) => records[sequence] as SequenceRecord;
  const use = (record: SequenceRecord) => {
    record.lastUsed = uses += 1;
    record.lastUsedMs = nowMs();
  };
  const isTaken = ({ answer, isReserved }: SequenceRecord) => answer !== null || isReserved;
  const holding = ({
    sequence,
    scope,
    tags,
    savedTokens,
    lastUsedMs,
    tokens,
    answer,
  }: SequenceRecord): HeldTokens[] => {
    const length = context.length(sequence);
    if (scope === null || tags === null || length === 0) return [];
    const isRunning = answer !== null;
    return [{ sequence, scope, tags, savedTokens, lastUsedMs, isRunning, tokens: tokens.subarray(0, length) }];
  };
  const lose = (record: SequenceRecord, keptTokens: number) => {
    if (context.length(record.sequence) <= Math.max(keptTokens, record.savedTokens)) return;
    for (const held of holding(record)) beforeLoss(context, held, keptTokens);
  };
  const empty = (record: SequenceRecord) => {
    context.keepStart(record.sequence, 0);
    Object.assign(record, { scope: null, shared: null, tags: null, savedTokens: 0 });
  };
  const choose = (prompt: Int32Array, request: AcceptedRequest) => {
    const cached: CachedSequence[] = records.map((record) => ({
      sequence: record.sequence,
      running: isTaken(record),
      scope: record.scope,
      shared: record.shared,
      tokens: record.tokens.subarray(0, context.length(record.sequence)),
      lastUsed: record.lastUsed,
    }));
    return chooseSequence(cached, prompt, scopesOf(request), context.tokensPerSequence);
  };
  const take = (prompt: Int32Array, request: AcceptedRequest) => {
    const choice = choose(prompt, request);
    if (choice === null) return null;
    const { sequence, copyFrom } = choice;
    const record = recordOf(sequence);
    lose(record, copyFrom === null ? choice.cachedTokens : 0);
    const isKept =
      copyFrom === null
        ? context.keepStart(sequence, choice.cachedTokens)
        : context.copyStart(copyFrom, sequence, choice.cachedTokens);
    const cachedTokens = isKept ? choice.cachedTokens : 0;
    const { savedTokens } = recordOf(copyFrom ?? sequence);
    record.tokens.set(prompt.subarray(0, cachedTokens));
    Object.assign(record, scopesOf(request));
    record.tags = request.command.cacheTags ?? null;
    record.stopsAt = request.sharedTokens > cachedTokens && wantsStart(context, request) ? request.sharedTokens : 0;
    record.savedTokens = Math.min(savedTokens, cachedTokens);
    use(record);
    return { record, cachedTokens };
  };

  return {
    records,
    recordOf,
    isTaken,
    use,
    choose,
    take,
    takeOut(record) {
      const { answer, sequence } = record;
      if (answer === null) throw new RangeError(`nothing runs in sequence ${sequence}`);
      record.answer = null;
      use(record);
      return answer;
    },
    reserve() {
      const oldest = oldestFree(records, isTaken, (record) => context.length(record.sequence) === 0);
      if (oldest === null) return null;
      lose(oldest, 0);
      empty(oldest);
      oldest.isReserved = true;
      return oldest.sequence;
    },
    empty,
    held: () => records.flatMap(holding),
  };
}

export function scopesOf({ command: { cacheScope, shared }, sharedTokens }: AcceptedRequest): AskingScopes {
  return { scope: cacheScope, shared: shared === undefined ? null : { scope: shared.scope, tokens: sharedTokens } };
}

/** An empty one first, else the one that was used longest ago. */
function oldestFree(
  records: readonly SequenceRecord[],
  isTaken: (record: SequenceRecord) => boolean,
  isEmpty: (record: SequenceRecord) => boolean,
): SequenceRecord | null {
  const free = records.filter((record) => !isTaken(record));
  return free.find(isEmpty) ?? free.sort((one, other) => one.lastUsed - other.lastUsed)[0] ?? null;
}
