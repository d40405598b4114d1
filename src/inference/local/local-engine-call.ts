// One call's events on their way from the engine process to whoever iterates. Text waits in one growing piece, so that a
// slow reader costs no more memory than the answer itself, and never slows the engine.
import { randomUUID } from "node:crypto";
import type { ModelEvent } from "../model-call.ts";
import type { ReasoningPiece, ReasoningSplitter } from "../reasoning/split-reasoning.ts";
import type { ToolCallReader } from "../tools/read-tool-calls.ts";
import type { EngineCallEvent } from "./engine-process-requests.ts";

export interface CallEvents {
  readonly push: (event: EngineCallEvent) => void;
  /** Yields until `call-end`; throws what the engine or the signal says, at once when the signal fires. */
  read(signal: AbortSignal): AsyncGenerator<ModelEvent, void, undefined>;
}

export interface AnswerReaders {
  /** Null for a model that does not think. */
  readonly splitter: ReasoningSplitter | null;
  /** Null where no tool may be called. */
  readonly toolCalls: ToolCallReader | null;
  /** Calls beyond these are left out. */
  readonly maxToolCalls: number;
}

export function createCallEvents(readers: AnswerReaders): CallEvents {
  const toModelEvents = createTranslation(readers);
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
  } else if (event.type === "tool-call-delta" && event.call === null && last?.type === "tool-call-delta") {
    const tokens = (last.tokens ?? 0) + (event.tokens ?? 0);
    waiting[waiting.length - 1] = { ...last, arguments: last.arguments + event.arguments, tokens };
  } else if ((event.type === "queue-position" || event.type === "model-loading") && last?.type === event.type) {
    waiting[waiting.length - 1] = event;
  } else waiting.push(event);
}

/** Tokens are counted as they come, before text waits for anybody. */
function createTranslation({ splitter, toolCalls, maxToolCalls }: AnswerReaders) {
  let reasoningTokens = 0;
  let calls = 0;
  /** Of marks that are not whole yet, and of text that is held back. */
  let undecided = 0;
  const untold = { reasoning: 0, said: 0 };

  const takeTokens = (kind: keyof typeof untold): number => {
    const tokens = untold[kind];
    untold[kind] = 0;
    return tokens;
  };
  const toEvents = (piece: ReasoningPiece): readonly ModelEvent[] => {
    if (piece.kind === "reasoning")
      return [{ type: "reasoning-delta", text: piece.text, tokens: takeTokens("reasoning") }];
    if (piece.kind === "text") return [{ type: "text-delta", text: piece.text, tokens: takeTokens("said") }];
    if (piece.name !== null) calls += 1;
    if (calls > maxToolCalls) return [];
    const call = piece.name === null ? null : { id: newCallId(), name: piece.name };
    const index = calls - 1;
    return [{ type: "tool-call-delta", index, call, arguments: piece.text, tokens: takeTokens("said") }];
  };
  const readCalls = (piece: ReasoningPiece): readonly ReasoningPiece[] => {
    return piece.kind === "text" && toolCalls !== null ? toolCalls.push(piece.text) : [piece];
  };
  const split = (text: string, tokens: number): readonly ModelEvent[] => {
    const wasThinking = splitter?.isThinking() ?? false;
    const pieces: readonly ReasoningPiece[] = splitter?.push(text) ?? [{ kind: "text", text }];
    undecided += tokens;
    // The marks belong to the thinking.
    const isThought = wasThinking || (splitter?.isThinking() ?? false);
    if (isThought || pieces.length > 0) {
      untold[isThought ? "reasoning" : "said"] += undecided;
      if (isThought) reasoningTokens += undecided;
      undecided = 0;
    }
    return pieces.flatMap(readCalls).flatMap(toEvents);
  };
  const end = (): readonly ModelEvent[] => {
    const pieces = (splitter?.end() ?? []).flatMap(readCalls);
    return [...pieces, ...(toolCalls?.end() ?? [])].flatMap(toEvents);
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
          ...end(),
          {
            type: "call-end",
            finishReason: event.finishReason === "stop" && calls > 0 ? "tool-calls" : event.finishReason,
            usage: { ...event.usage, reasoningTokens },
          },
        ];
      case "queue-position":
        return [{ type: "queue-position", position: event.position, estimatedMs: event.estimatedMs }];
    }
  };
}

/** Unlike any other in a conversation, in the form that all chat templates take. */
export function newCallId(): string {
  return BigInt(`0x${randomUUID().replaceAll("-", "")}`)
    .toString(36)
    .slice(-9)
    .padStart(9, "0");
}
