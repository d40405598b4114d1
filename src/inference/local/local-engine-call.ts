// One call's events on their way from the engine process to whoever iterates. Text waits in one growing piece, so that a
// slow reader costs no more memory than the answer itself, and never slows the engine.
import type { ModelEvent } from "../model-call.ts";
import type { ReasoningPiece, ReasoningSplitter } from "../reasoning/split-reasoning.ts";
import type { EngineCallEvent } from "./engine-process-requests.ts";

export interface CallEvents {
  readonly push: (event: EngineCallEvent) => void;
  /** Yields until `call-end`; throws what the engine or the signal says, at once when the signal fires. */
  read(signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined>;
}

/** `splitter`: null for a model that does not think. */
export function createCallEvents(splitter: ReasoningSplitter | null): CallEvents {
  const toModelEvents = createTranslation(splitter);
  const waiting: ModelEvent[] = [];
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  return {
    push(event) {
      if (event.type === "failed") failure ??= { error: event.error };
      else for (const translated of toModelEvents(event)) add(waiting, translated);
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
  if ((event.type === "text-delta" || event.type === "reasoning-delta") && last?.type === event.type) {
    waiting[waiting.length - 1] = {
      type: event.type,
      text: last.text + event.text,
      tokens: (last.tokens ?? 0) + (event.tokens ?? 0),
    };
  } else if ((event.type === "queue-position" || event.type === "model-loading") && last?.type === event.type) {
    waiting[waiting.length - 1] = event;
  } else waiting.push(event);
}

/** Tokens are counted as they come, before text waits for anybody. */
function createTranslation(splitter: ReasoningSplitter | null) {
  let reasoningTokens = 0;
  /** Of marks that are not whole yet, and of text that is held back. */
  let undecided = 0;
  const untold = { reasoning: 0, text: 0 };

  const toDelta = ({ kind, text }: ReasoningPiece): ModelEvent => {
    const tokens = untold[kind];
    untold[kind] = 0;
    return { type: kind === "text" ? "text-delta" : "reasoning-delta", text, tokens };
  };
  const split = (text: string, tokens: number): readonly ModelEvent[] => {
    if (splitter === null) return [{ type: "text-delta", text, tokens }];
    const wasThinking = splitter.isThinking();
    const pieces = splitter.push(text);
    undecided += tokens;
    // The marks belong to the thinking.
    const isThought = wasThinking || splitter.isThinking();
    if (isThought || pieces.length > 0) {
      untold[isThought ? "reasoning" : "text"] += undecided;
      if (isThought) reasoningTokens += undecided;
      undecided = 0;
    }
    return pieces.map(toDelta);
  };

  return (event: Exclude<EngineCallEvent, { type: "failed" }>): readonly ModelEvent[] => {
    switch (event.type) {
      case "loading":
        return [{ type: "model-loading", percent: event.percent }];
      case "started":
        return [{ type: "call-start", promptTokens: event.promptTokens, cachedTokens: event.cachedTokens }];
      case "text":
        return split(event.text, event.tokens);
      case "ended":
        return [
          ...(splitter?.end().map(toDelta) ?? []),
          { type: "call-end", finishReason: event.finishReason, usage: { ...event.usage, reasoningTokens } },
        ];
      case "queue-position":
        return [{ type: "queue-position", position: event.position, estimatedMs: event.estimatedMs }];
    }
  };
}
