// Brings saved states into sequences and saves what sequences hold, between steps. Reading or filling a sequence holds up
// every answer that is being written, so beside one it is done only where it takes a small part of the target gap.
import type { PrefixCache } from "../cache/prefix-cache.ts";
import type { SavedState } from "../cache/sealed-state.ts";
import type { AcceptedRequest } from "./answer.ts";
import type { MeasuredSpeed } from "./estimate-waits.ts";
import type { LlamaContext } from "./llama-context.ts";
import type { ReachedStart } from "./prompt-starts.ts";
import type { BeforeLoss, HeldTokens } from "./sequence-places.ts";
import type { SequenceTable } from "./sequence-table.ts";

export interface SequenceStatesSettings {
  readonly cache: PrefixCache;
  readonly nowMs: () => number;
  readonly targetGapMs: number;
  readonly readSpeed: () => MeasuredSpeed | null;
  /** Whether anybody would notice a pause. */
  readonly isAnswering: () => boolean;
}

export interface SequenceStates {
  /** Starts to bring what is saved of the prompt where that saves time; null where it does not. Never rejects. */
  bring(table: SequenceTable, request: AcceptedRequest): Promise<SavedState | null> | null;
  /** Puts what was brought into the sequence that was kept free for it. */
  fill(table: SequenceTable, sequence: number, state: SavedState): void;
  readonly beforeLoss: BeforeLoss;
  /** Whether the shared start of its prompt is worth saving alone, and is not saved yet. */
  wantsStart(context: LlamaContext, request: AcceptedRequest): boolean;
  /** Saves the shared start of a prompt that has just come to its end. */
  saveStart(table: SequenceTable, reached: ReachedStart): void;
  /** Saves at most one sequence that has rested long enough. Answers in how many milliseconds to ask again, null: no need. */
  saveRested(tables: readonly SequenceTable[]): number | null;
  /** All that is worth it, the newest first. */
  saveAll(tables: readonly SequenceTable[]): void;
}

/** Fewer are computed about as fast as they are found, read and verified. */
const leastTokens = 64;
/** Until it is measured. */
const unmeasuredTokenMs = 1;
/** Whoever asks goes on soon; where nothing is computed, saving disturbs nobody. */
const restMs = { whileIdle: 1000, whileBusy: 10_000 };
/** After what could not be taken. */
const refusedMs = 5000;
/** A disk that does not answer in this time is not waited for. */
const longestWaitMs = 5000;
const leastPatienceMs = 1000;
/** Of the target gap, what moving a state may take beside running answers. */
const gapPart = 0.5;
const unmeasuredBytesPerMs = 1_000_000;

export function createSequenceStates(settings: SequenceStatesSettings): SequenceStates {
  const { cache, nowMs, targetGapMs, readSpeed, isAnswering } = settings;
  let bytesPerMs = unmeasuredBytesPerMs;
  let refusedUntilMs = 0;

  const computeMs = (tokens: number) => tokens * (readSpeed()?.promptTokenMs ?? unmeasuredTokenMs);
  const isWorthIt = (tokens: number) => tokens >= leastTokens;
  const mayMove = (bytes: number) => !isAnswering() || bytes / bytesPerMs <= targetGapMs * gapPart;
  const move = <Result>(bytes: number, act: () => Result): Result => {
    const startedMs = nowMs();
    const result = act();
    bytesPerMs = (bytesPerMs + bytes / Math.max(0.1, nowMs() - startedMs)) / 2;
    return result;
  };
  const isUnsaved = ({ tokens, savedTokens }: HeldTokens) => isWorthIt(tokens.length - savedTokens);

  /** Whether it is saved, or on its way there. */
  const save = (
    context: LlamaContext,
    { sequence, scope, tags, tokens }: Pick<HeldTokens, "sequence" | "scope" | "tags" | "tokens">,
  ): boolean => {
    const of = { scope, layout: context.sequences };
    if (cache.holds(of, tokens)) return true;
    const bytes = context.stateBytes(sequence);
    if (!cache.takes(bytes) || !mayMove(bytes)) return false;
    const data = move(bytes, () => context.readState(sequence));
    if (data === null) return false;
    cache.save({ ...of, tags, tokens: tokens.slice(), computedMs: computeMs(tokens.length), data });
    return true;
  };

  return {
    bring(table, request) {
      const { prompt, command, sharedTokens } = request;
      const layout = table.context.sequences;
      const looks = [{ scope: command.cacheScope, layout, mostTokens: prompt.length - 1 }];
      if (command.shared) looks.push({ scope: command.shared.scope, layout, mostTokens: sharedTokens });
      const found = cache.find(prompt, looks);
      if (found === null || found.tokens.length > table.context.tokensPerSequence) return null;
      const savedTokens = found.equalTokens - table.cachedTokens(request);
      if (!isWorthIt(savedTokens) || !mayMove(found.dataBytes)) return null;
      // By then it would be computed.
      const patienceMs = Math.max(leastPatienceMs, computeMs(savedTokens));
      return within(Math.min(longestWaitMs, patienceMs), cache.load(found));
    },
    fill: (table, sequence, state) => move(state.data.length, () => table.fill(sequence, state)),
    beforeLoss(context, held, keptTokens) {
      if (isWorthIt(held.tokens.length - Math.max(keptTokens, held.savedTokens))) save(context, held);
    },
    wantsStart({ sequences: layout }, { command: { shared }, prompt, sharedTokens }) {
      if (shared?.tags === undefined || !isWorthIt(sharedTokens)) return false;
      return !cache.holds({ scope: shared.scope, layout }, prompt.subarray(0, sharedTokens));
    },
    saveStart({ context }, { sequence, request: { command, prompt, sharedTokens } }) {
      const { scope, tags } = command.shared ?? {};
      if (scope === undefined || tags === undefined) return;
      save(context, { sequence, scope, tags, tokens: prompt.subarray(0, sharedTokens) });
    },
    saveRested(tables) {
      const waiting = tables.flatMap((table) =>
        table.held().flatMap((held) => (held.isRunning || !isUnsaved(held) ? [] : [{ table, held }])),
      );
      if (waiting.length === 0) return null;
      const rest = tables.every((table) => table.isIdle()) ? restMs.whileIdle : restMs.whileBusy;
      const dueMs = ({ held }: (typeof waiting)[number]) => Math.max(refusedUntilMs, held.lastUsedMs + rest);
      const [next] = waiting.sort((one, other) => dueMs(one) - dueMs(other));
      if (next === undefined) return null;
      const waitMs = dueMs(next) - nowMs();
      if (waitMs > 0) return waitMs;
      const { table, held } = next;
      if (save(table.context, held)) table.setSaved(held.sequence, held.tokens.length);
      else refusedUntilMs = nowMs() + refusedMs;
      return 0;
    },
    saveAll(tables) {
      const held = tables.flatMap((table) => table.held().map((one) => ({ table, one })));
      const newest = held.sort((a, b) => b.one.lastUsedMs - a.one.lastUsedMs);
      for (const { table, one } of newest) if (isUnsaved(one)) save(table.context, one);
    },
  };
}

async function within<Result>(ms: number, work: Promise<Result | null>): Promise<Result | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), ms);
  try {
    return await Promise.race([work, late.promise]);
  } catch {
    return null;
  } finally {
    clearTimeout(timer);
  }
}
