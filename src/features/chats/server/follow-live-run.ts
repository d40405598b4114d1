import type { ServerSentEvent } from "../../../platform/http/stream-events.ts";
import type { RunEvent } from "../contract.ts";
import { type AnswerPosition, positionId } from "./answer-text.ts";
import type { LiveRun } from "./live-run.ts";
import type { RunBus } from "./run-bus.ts";

/**
 * What the run has written behind position `after`, at once, then everything new, then `run-end`. Reads the run's text
 * by position, so a slow reader holds no memory. An abort ends it like its consumer's `return`; neither leaves a
 * subscription behind. Not a generator: `return` must work while `next` is waiting.
 */
export function followLiveRun(
  live: LiveRun,
  bus: RunBus,
  after: AnswerPosition,
  signal: AbortSignal,
): AsyncIterable<ServerSentEvent<RunEvent>> {
  return {
    [Symbol.asyncIterator]() {
      let position = after;
      let told: RunEvent | null = null;
      let closed = false;
      let wake: (() => void) | undefined;
      const unsubscribe = bus.subscribe(live.run.id, () => wake?.());
      signal.addEventListener("abort", close, { once: true });
      if (signal.aborted) {
        close();
      }

      function close(): void {
        closed = true;
        unsubscribe();
        signal.removeEventListener("abort", close);
        wake?.();
      }

      function nextEvent(): ServerSentEvent<RunEvent> | null {
        const thought = live.reasoning.from(position.reasoning);
        if (thought) {
          position = { ...position, reasoning: position.reasoning + thought.length };
          const ms = live.reasoningMs();
          return { id: positionId(position), data: { type: "reasoning-delta", text: thought, ms } };
        }
        const text = live.answer.from(position.text);
        if (text) {
          position = { ...position, text: position.text + text.length };
          return { id: positionId(position), data: { type: "text-delta", text } };
        }
        const notice = live.notice();
        if (notice && notice !== told) {
          told = notice;
          return { data: notice };
        }
        const run = live.state();
        return run.endedAt === null ? null : { data: { type: "run-end", run } };
      }

      return {
        async next() {
          while (!closed) {
            const event = nextEvent();
            if (event) {
              if (event.data.type === "run-end") {
                close();
              }
              return { done: false, value: event };
            }
            await new Promise<void>((resolve) => (wake = resolve));
          }
          return { done: true, value: undefined };
        },
        return() {
          close();
          return Promise.resolve({ done: true, value: undefined });
        },
      };
    },
  };
}
