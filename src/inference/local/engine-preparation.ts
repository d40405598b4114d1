// Requests that have a sequence kept free while the start of their prompt is on its way: from the disk, or from another
// prompt that begins the same and is being computed. Others are computed meanwhile; a disk that stands still costs whoever
// waits for it a moment and nobody else anything.
import type { SavedState } from "../cache/sealed-state.ts";
import type { AcceptedRequest } from "./answer.ts";
import type { SequenceStates } from "./sequence-states.ts";
import type { ComingStart } from "./prompt-starts.ts";
import type { SequenceTable } from "./sequence-table.ts";

export interface Preparation {
  readonly size: number;
  has(requestId: string): boolean;
  /** Whether the request now waits here. */
  offer(table: SequenceTable, request: AcceptedRequest): boolean;
  /** The request, if it waited here; its sequence is free again. */
  withdraw(requestId: string): AcceptedRequest | null;
  /** Between steps: those whose wait is over, with what came already in a sequence. */
  takeReady(): readonly Prepared[];
  hasReady(): boolean;
}

export interface Prepared {
  readonly table: SequenceTable;
  readonly request: AcceptedRequest;
  /** What it waited for has gone, and there may be another. */
  readonly mayWait: boolean;
}

interface Waiting {
  readonly table: SequenceTable;
  readonly request: AcceptedRequest;
  readonly sequence: number;
  readonly coming: ComingStart | null;
  /** Undefined until it has come, or will not. */
  state: SavedState | null | undefined;
}

/** Fewer are computed twice sooner than waited for. */
const leastComingTokens = 64;

/** `states`: null where nothing is saved. */
export function createPreparation(states: SequenceStates | null, onReady: () => void): Preparation {
  const waiting = new Map<string, Waiting>();
  const hold = (table: SequenceTable, request: AcceptedRequest, coming: ComingStart | null): Waiting | null => {
    const sequence = table.reserve();
    if (sequence === null) return null;
    const entry: Waiting = { table, request, sequence, coming, state: undefined };
    waiting.set(request.command.requestId, entry);
    return entry;
  };
  const isReady = ({ table, coming, state }: Waiting) =>
    coming === null ? state !== undefined : !table.isComing(coming);

  return {
    get size() {
      return waiting.size;
    },
    has: (requestId) => waiting.has(requestId),
    offer(table, request) {
      const brought = states?.bring(table, request) ?? null;
      if (brought !== null) {
        const entry = hold(table, request, null);
        void brought.then((state) => {
          if (entry !== null) entry.state = state;
          onReady();
        });
        return entry !== null;
      }
      const coming = table.coming(request);
      if (coming === null || coming.tokens - table.cachedTokens(request) < leastComingTokens) return false;
      return hold(table, request, coming) !== null;
    },
    withdraw(requestId) {
      const entry = waiting.get(requestId);
      if (entry === undefined) return null;
      waiting.delete(requestId);
      entry.table.release(entry.sequence);
      return entry.request;
    },
    hasReady: () => waiting.values().some(isReady),
    takeReady() {
      const ready = [...waiting.values()].filter(isReady);
      return ready.map(({ table, request, sequence, coming, state }) => {
        waiting.delete(request.command.requestId);
        table.release(sequence);
        if (state) states?.fill(table, sequence, state);
        return { table, request, mayWait: coming !== null };
      });
    },
  };
}
