// The sequences of one context: who runs in them, and which tokens their caches hold. Requests start here (reusing the
// longest equal start) and end here (their tokens stay for the next turn of the same chat).
import type { SavedState } from "../cache/sealed-state.ts";
import type { StateTags } from "../cache/state-name.ts";
import type { AcceptedRequest, Answer } from "./answer.ts";
import { commonStart } from "../cache/state-index.ts";
import {
  allowedTokens,
  type AskingScopes,
  type CachedSequence,
  chooseSequence,
  type SharedTokens,
} from "./choose-sequence.ts";
import type { LlamaContext } from "./llama-context.ts";
import { laneRanks, type PlannedSequence } from "./plan-batch.ts";

interface SequenceRecord {
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

/** A start that is being computed, of which another prompt could have so many tokens. */
export interface ComingStart {
  readonly answer: Answer;
  readonly tokens: number;
}

/** A prompt that has come to the end of its shared start, and stops there for one look. */
export interface ReachedStart {
  readonly sequence: number;
  readonly request: AcceptedRequest;
}

/** Called before all but `keptTokens` of what a sequence holds is lost. */
export type BeforeLoss = (context: LlamaContext, held: HeldTokens, keptTokens: number) => void;

export interface SequenceTableHooks {
  readonly nowMs: () => number;
  readonly beforeLoss: BeforeLoss;
  /** Whether the prompt is to stop at the end of its shared start, so that it can be saved alone. */
  readonly wantsStart: (context: LlamaContext, request: AcceptedRequest) => boolean;
}

export interface SequenceTable {
  readonly context: LlamaContext;
  hasFree(): boolean;
  /** Nobody has a sequence, nor waits for one that is kept free. */
  isIdle(): boolean;
  running(): readonly Answer[];
  /** Gives the request a sequence; null if none is free. `makeAnswer` is told what need not be computed. */
  start(request: AcceptedRequest, makeAnswer: (cachedTokens: number) => Answer): Answer | null;
  /** Of the request's prompt, how many tokens the sequences hold. */
  cachedTokens(request: AcceptedRequest): number;
  /** What others compute now and gives it more than the sequences hold already. */
  coming(request: AcceptedRequest): ComingStart | null;
  /** Whether that is still being computed. */
  isComing(start: ComingStart): boolean;
  /** Each once. */
  takeReached(): readonly ReachedStart[];
  /** Empties a sequence and keeps it free until `release`; null if none is free. */
  reserve(): number | null;
  release(sequence: number): void;
  /** Puts a saved state into an empty sequence, as if it had been computed there. */
  fill(sequence: number, state: SavedState): void;
  /** What could be saved. */
  held(): readonly HeldTokens[];
  setSaved(sequence: number, tokens: number): void;
  /** Whatever has the tag is no longer reused, nor saved. */
  forgetTag(tag: string): void;
  /** Gives a paused answer a sequence again; a sequence is free. */
  resume(answer: Answer): void;
  /** Takes the sequence from the answer of a request, which goes on later. */
  pause(requestId: string): Answer;
  /** Takes out the answer that has ended; its tokens stay reusable. */
  end(sequence: number): Answer;
  /** Empties a sequence whose cache cannot be trusted. */
  forget(sequence: number): void;
  answerIn(sequence: number): Answer;
  planned(): readonly PlannedSequence[];
  /** Adds the next `count` prompt tokens to the batch; the row of the last one if that ends the prompt, else null. */
  addPrompt(sequence: number, count: number): number | null;
  addGenerated(sequence: number): number;
}

export function createSequenceTable(
  context: LlamaContext,
  { nowMs, beforeLoss, wantsStart }: SequenceTableHooks,
): SequenceTable {
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
  const promptLeft = ({ sequence }: SequenceRecord, answer: Answer) =>
    answer.nextToken === null ? answer.prompt.length - context.length(sequence) : 0;
  const upToStop = ({ sequence, stopsAt }: SequenceRecord, tokens: number) =>
    stopsAt > context.length(sequence) ? Math.min(tokens, stopsAt - context.length(sequence)) : tokens;
  const add = (record: SequenceRecord, token: number, wantsLogits: boolean) => {
    record.tokens[context.length(record.sequence)] = token;
    return context.add(record.sequence, token, wantsLogits);
  };
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
  const takeOut = (record: SequenceRecord) => {
    const { answer, sequence } = record;
    if (answer === null) throw new RangeError(`nothing runs in sequence ${sequence}`);
    record.answer = null;
    use(record);
    return answer;
  };
  /** The sequence for a prompt, with its longest known start in it; null if none is free. */
  const takePlace = (prompt: Int32Array, request: AcceptedRequest) => {
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
    context,
    hasFree: () => !records.every(isTaken),
    isIdle: () => !records.some(isTaken),
    running: () => records.flatMap(({ answer }) => (answer === null ? [] : [answer])),
    start(request, makeAnswer) {
      const place = takePlace(request.prompt, request);
      if (place === null) return null;
      return (place.record.answer = makeAnswer(place.cachedTokens));
    },
    cachedTokens: (request) => choose(request.prompt, request)?.cachedTokens ?? 0,
    coming(request) {
      const scopes = scopesOf(request);
      const starts = records.flatMap(({ answer }): ComingStart[] => {
        if (answer === null || answer.nextToken !== null || isLater(answer.request, request)) return [];
        const allowed = allowedTokens(scopesOf(answer.request), scopes);
        return [
          { answer, tokens: Math.min(allowed, commonStart(answer.prompt, request.prompt), request.prompt.length - 1) },
        ];
      });
      const longest = starts.sort((one, other) => other.tokens - one.tokens)[0];
      return longest !== undefined && longest.tokens > this.cachedTokens(request) ? longest : null;
    },
    isComing: ({ answer, tokens }) =>
      records.some(
        (record) => record.answer === answer && answer.nextToken === null && context.length(record.sequence) < tokens,
      ),
    takeReached: () =>
      records.flatMap((record) => {
        const { answer, sequence, stopsAt } = record;
        if (stopsAt === 0 || context.length(sequence) < stopsAt) return [];
        record.stopsAt = 0;
        return answer === null || context.length(sequence) > stopsAt ? [] : [{ sequence, request: answer.request }];
      }),
    reserve() {
      const oldest = oldestFree(records, isTaken, (record) => context.length(record.sequence) === 0);
      if (oldest === null) return null;
      lose(oldest, 0);
      empty(oldest);
      oldest.isReserved = true;
      return oldest.sequence;
    },
    release: (sequence) => void (recordOf(sequence).isReserved = false),
    fill(sequence, { header, data }) {
      const record = recordOf(sequence);
      const { tokens, scope } = header;
      if (!context.writeState(sequence, data, tokens.length)) return;
      record.tokens.set(tokens);
      Object.assign(record, {
        scope,
        shared: { scope, tokens: tokens.length },
        tags: null,
        savedTokens: tokens.length,
      });
      use(record);
    },
    held: () => records.flatMap(holding),
    setSaved: (sequence, tokens) => void (recordOf(sequence).savedTokens = tokens),
    forgetTag(tag) {
      for (const record of records.filter(({ tags }) => tags?.owner === tag || tags?.conversation === tag)) {
        record.tags = null;
        if (record.answer === null) empty(record);
      }
    },
    resume(answer) {
      const place = takePlace(answer.prompt, answer.request);
      if (place === null) throw new RangeError("no sequence is free");
      place.record.answer = answer;
    },
    pause(requestId) {
      const record = records.find(({ answer }) => answer?.request.command.requestId === requestId);
      if (record === undefined) throw new RangeError(`no answer of ${requestId} runs`);
      const answer = takeOut(record);
      answer.pause(record.tokens.subarray(0, context.length(record.sequence)));
      return answer;
    },
    end: (sequence) => takeOut(recordOf(sequence)),
    forget: (sequence) => empty(recordOf(sequence)),
    answerIn(sequence) {
      const { answer } = recordOf(sequence);
      if (answer === null) throw new RangeError(`nothing runs in sequence ${sequence}`);
      return answer;
    },
    planned: () =>
      records.flatMap((record) => {
        const { answer, sequence } = record;
        if (answer === null) return [];
        const { command, arrivedMs } = answer.request;
        const promptTokensLeft = upToStop(record, promptLeft(record, answer));
        const { userId, lane, weight = 1 } = command;
        return [{ sequence, userId, weight, lane, arrivedMs, promptTokensLeft, length: context.length(sequence) }];
      }),
    addPrompt(sequence, count) {
      const record = recordOf(sequence);
      const { prompt } = this.answerIn(sequence);
      let row: number | null = null;
      for (let added = 0; added < count; added += 1) {
        const position = context.length(sequence);
        const isLast = position === prompt.length - 1;
        const at = add(record, prompt[position] as number, isLast);
        row = isLast ? at : null;
      }
      return row;
    },
    addGenerated(sequence) {
      const { nextToken } = this.answerIn(sequence);
      if (nextToken === null) throw new RangeError(`sequence ${sequence} has no token to compute`);
      return add(recordOf(sequence), nextToken, true);
    },
  };
}

function scopesOf({ command: { cacheScope, shared }, sharedTokens }: AcceptedRequest): AskingScopes {
  return { scope: cacheScope, shared: shared === undefined ? null : { scope: shared.scope, tokens: sharedTokens } };
}

/** Nobody waits for what comes after them. */
function isLater(one: AcceptedRequest, other: AcceptedRequest): boolean {
  return laneRanks[one.command.lane] > laneRanks[other.command.lane];
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
