// Requests that have a sequence kept free while their saved state is on its way. Others are computed meanwhile; a disk that
// stands still costs whoever waits for it a moment and nobody else anything.
import type { SavedState } from "../cache/sealed-state.ts";
import type { AcceptedRequest } from "./answer.ts";
import type { SequenceStates } from "./sequence-states.ts";
import type { SequenceTable } from "./sequence-table.ts";

export interface Preparation {
  readonly size: number;
  has(requestId: string): boolean;
  /** Whether the request now waits for its state. */
  offer(table: SequenceTable, request: AcceptedRequest): boolean;
  /** The request, if it waited here; its sequence is free again. */
  withdraw(requestId: string): AcceptedRequest | null;
  /** Between steps: those whose wait is over, with what came already in a sequence. */
  takeReady(): readonly Prepared[];
}

export interface Prepared {
  readonly table: SequenceTable;
  readonly request: AcceptedRequest;
}

interface Waiting extends Prepared {
  readonly sequence: number;
  /** Undefined until it has come, or will not. */
  state: SavedState | null | undefined;
}

export function createPreparation(states: SequenceStates, onReady: () => void): Preparation {
  const waiting = new Map<string, Waiting>();

  return {
    get size() {
      return waiting.size;
    },
    has: (requestId) => waiting.has(requestId),
    offer(table, request) {
      const brought = states.bring(table, request);
      const sequence = brought === null ? null : table.reserve();
      if (brought === null || sequence === null) return false;
      const entry: Waiting = { table, request, sequence, state: undefined };
      waiting.set(request.command.requestId, entry);
      void brought.then((state) => {
        entry.state = state;
        onReady();
      });
      return true;
    },
    withdraw(requestId) {
      const entry = waiting.get(requestId);
      if (entry === undefined) return null;
      waiting.delete(requestId);
      entry.table.release(entry.sequence);
      return entry.request;
    },
    takeReady() {
      const ready = [...waiting.values()].filter(({ state }) => state !== undefined);
      for (const { table, request, sequence, state } of ready) {
        waiting.delete(request.command.requestId);
        table.release(sequence);
        if (state) states.fill(table, sequence, state);
      }
      return ready;
    },
  };
}
