// One call's events on their way from the engine process to whoever iterates. Text waits in one growing piece, so that a
// slow reader costs no more memory than the answer itself, and never slows the engine.
import type { ModelEvent } from "../model-call.ts";
import type { EngineCallEvent } from "./engine-process-requests.ts";

export interface CallEvents {
  readonly push: (event: EngineCallEvent) => void;
  /** Yields until `call-end`; throws what the engine or the signal says, at once when the signal fires. */
  read(signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined>;
}

export function createCallEvents(): CallEvents {
  const waiting: ModelEvent[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  return {
    push(event) {
      if (event.type === "failed") failure ??= { error: event.error };
      else add(waiting, toModelEvent(event));
      wake?.();
    },
    async *read(signal) {
      const onAbort = () => wake?.();
      signal.addEventListener("abort", onAbort, { once: true });
      try {
        while (true) {
          signal.throwIfAborted();
          const event = waiting.shift();
          if (event !== undefined) {
            yield event;
            if (event.type === "call-end") return;
          } else if (failure !== undefined) throw failure.error;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}

/** Text joins text that still waits; of positions and percents only the newest counts. */
function add(waiting: ModelEvent[], event: ModelEvent): void {
  const last = waiting.at(-1);
  if (event.type === "text-delta" && last?.type === "text-delta") {
    waiting[waiting.length - 1] = {
      type: "text-delta",
      text: last.text + event.text,
      tokens: (last.tokens ?? 0) + (event.tokens ?? 0),
    };
  } else if ((event.type === "queue-position" || event.type === "model-loading") && last?.type === event.type) {
    waiting[waiting.length - 1] = event;
  } else waiting.push(event);
}

function toModelEvent(event: Exclude<EngineCallEvent, { type: "failed" }>): ModelEvent {
  switch (event.type) {
    case "loading":
      return { type: "model-loading", percent: event.percent };
    case "started":
      return { type: "call-start", promptTokens: event.promptTokens, cachedTokens: event.cachedTokens };
    case "text":
      return { type: "text-delta", text: event.text, tokens: event.tokens };
    case "ended":
      return { type: "call-end", finishReason: event.finishReason, usage: event.usage };
    case "queue-position":
      return { type: "queue-position", position: event.position, estimatedMs: event.estimatedMs };
  }
}
