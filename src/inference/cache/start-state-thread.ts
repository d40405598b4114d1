// Starts the thread of state-thread.ts on first use and hands it work. A thread that dies takes its work with it: those
// who wait get null, which is no state, and the next work starts another.
import { Worker } from "node:worker_threads";
import type { SavedState } from "./sealed-state.ts";
import type { StateHeader } from "./state-header.ts";
import type { StateStoreOptions } from "./state-store.ts";

export type StateThreadData = Omit<StateStoreOptions, "freeBytesOf">;

export type StateRequest =
  | { readonly type: "list" }
  | { readonly type: "read"; readonly name: string }
  | { readonly type: "write"; readonly state: SavedState; readonly replaced: readonly string[] };

export type StateResult =
  | { readonly type: "listed"; readonly headers: readonly StateHeader[] }
  | { readonly type: "read"; readonly state: SavedState | null }
  | { readonly type: "written"; readonly isKept: boolean; readonly data: Uint8Array<ArrayBuffer> };

export interface StateThread {
  /** `handedOver` is no longer usable here. Null where the thread died over it. */
  do<Type extends StateResult["type"]>(
    request: StateRequest,
    handedOver?: readonly ArrayBuffer[],
  ): Promise<Extract<StateResult, { type: Type }> | null>;
  /** What it has not begun is not done. */
  end(): Promise<void>;
}

/** Of JavaScript's own memory; the bytes of states are beside it. */
const threadLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 };

export function createStateThread(entry: URL, data: StateThreadData): StateThread {
  const waiting = new Map<number, (result: StateResult | null) => void>();
  let worker: Worker | null = null;
  let asked = 0;

  const onGone = (gone: Worker) => {
    if (worker !== gone) return;
    worker = null;
    for (const settle of waiting.values()) settle(null);
    waiting.clear();
  };
  const start = () => {
    // It inherits no stdin and no environment, as its process has none.
    const started = new Worker(entry, { workerData: data, resourceLimits: threadLimits });
    started.unref();
    started.on("message", ({ id, result }: { id: number; result: StateResult }) => {
      waiting.get(id)?.(result);
      waiting.delete(id);
    });
    started.on("error", () => onGone(started));
    started.on("exit", () => onGone(started));
    return started;
  };

  return {
    do(request, handedOver = []) {
      const { promise, resolve } = Promise.withResolvers<StateResult | null>();
      const id = (asked += 1);
      waiting.set(id, resolve);
      worker ??= start();
      worker.postMessage({ id, request }, handedOver);
      return promise as Promise<never>;
    },
    async end() {
      const ended = worker;
      if (ended === null) return;
      onGone(ended);
      await ended.terminate();
    },
  };
}
