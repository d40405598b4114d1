// The contexts of the memory plan: made when the model loads, or when a request needs one and dropped again while idle.
import { makeLlamaContext, type ContextSettings } from "./llama-context.ts";
import type { LlamaApi } from "./llama-api.ts";
import type { LlamaModel } from "./llama-model.ts";
import type { SequenceHooks } from "./sequence-places.ts";
import { createSequenceTable, type SequenceTable } from "./sequence-table.ts";
import type { ContextPlan, LoadPlan } from "./worker-protocol.ts";

export interface EngineContext {
  readonly plan: ContextPlan;
  readonly state: "absent" | "making" | "present";
  /** Null unless present. */
  readonly table: SequenceTable | null;
  /** Starts to make it if it is absent; `onSettled(false)` means that there is not enough memory. */
  want(onSettled: (made: boolean) => void): void;
  /** Makes it now. Resolves to false if the library cannot. */
  make(): Promise<boolean>;
  /** Called after every step: an on-demand context that nothing needs any more is dropped after a while. */
  setNeeded(needed: boolean): void;
  free(): void;
}

export interface EngineContextSettings extends Pick<LoadPlan, "threads"> {
  readonly abort: ContextSettings["abort"];
  readonly threadPool: ContextSettings["threadPool"];
  /** How long an unused on-demand context stays, with the chats cached in it. */
  readonly idleContextMs: number;
}

export function createEngineContext(
  api: LlamaApi,
  model: LlamaModel,
  plan: ContextPlan,
  { threads, abort, threadPool, idleContextMs }: EngineContextSettings,
  hooks: SequenceHooks,
): EngineContext {
  let state: EngineContext["state"] = "absent";
  let table: SequenceTable | null = null;
  let dropTimer: NodeJS.Timeout | null = null;

  const keep = () => {
    if (dropTimer !== null) clearTimeout(dropTimer);
    dropTimer = null;
  };
  const free = () => {
    keep();
    for (const answer of table?.running() ?? []) answer.free();
    table?.context.free();
    table = null;
    state = "absent";
  };
  const make = async () => {
    state = "making";
    try {
      const context = await makeLlamaContext(api, model, { plan, threads, abort, threadPool });
      table = context === null ? null : createSequenceTable(context, hooks);
    } finally {
      state = table === null ? "absent" : "present";
    }
    return table !== null;
  };

  return {
    plan,
    get state() {
      return state;
    },
    get table() {
      return table;
    },
    make,
    want(onSettled) {
      if (state !== "absent") return;
      make().then(onSettled, () => onSettled(false));
    },
    setNeeded(needed) {
      if (needed) keep();
      else if (plan.residency === "on-demand" && state === "present" && dropTimer === null) {
        dropTimer = setTimeout(free, idleContextMs);
        dropTimer.unref();
      }
    },
    free,
  };
}
