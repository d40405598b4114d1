// An answer that this process is making: its text, its state and who is to be told about changes.
import type { ModelEvent } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Run, RunEvent, RunFailure } from "../contract.ts";
import { createAnnouncer } from "./announcer.ts";
import type { Scope } from "./chat-store.ts";
import type { RunBus } from "./run-bus.ts";
import type { RunOutcome } from "./run-store.ts";
import { createSaid, type Said, type SaidBefore, type SaidTokens } from "./said.ts";

export interface LiveRunStart extends SaidBefore {
  readonly scope: Scope;
  readonly chatId: string;
  readonly messageId: string;
  readonly run: Run;
  readonly fence: number;
  readonly leaseUntil: number;
}

export interface LiveRun
  extends Omit<LiveRunStart, keyof SaidBefore>, Pick<Said, "answer" | "reasoning" | "reasoningMs"> {
  /** As it is now. */
  state(): Run;
  /** What the answer is waiting for, where that is known. */
  notice(): RunEvent | null;
  /** Takes what the model says; true when the answer is complete. */
  take(event: ModelEvent): boolean;
  /** Ends the making; the first reason counts. */
  interrupt(status: "stopped" | "interrupted"): void;
  /** Aborted by `interrupt`. */
  readonly signal: AbortSignal;
  /** What the run has come to, where nothing failed. */
  outcome(failure?: RunFailure): RunOutcome;
  /** Makes the end public; nothing changes afterwards. */
  end(outcome: RunOutcome, endedAt: number): void;
  /** Resolves with the last state, when it is on disk. */
  readonly ended: Promise<Run>;
}

export function createLiveRun(start: LiveRunStart, bus: RunBus, clock: Clock): LiveRun {
  const said = createSaid(start, clock);
  const controller = new AbortController();
  const announce = createAnnouncer(() => bus.publish(start.run.id));
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<Run>();
  let run = start.run;
  let notice: RunEvent | null = null;
  /** As the end of the call tells it. */
  let usage: SaidTokens | null = null;
  let endedAs: "stopped" | "interrupted" | null = null;

  function take(event: ModelEvent): boolean {
    switch (event.type) {
      case "queue-position":
      case "model-loading":
        if (isSameNotice(notice, event)) {
          return false;
        }
        notice = event;
        break;
      case "call-start":
        notice = null;
        run = { ...run, status: "running", promptTokens: event.promptTokens, cachedTokens: event.cachedTokens };
        break;
      case "text-delta":
      case "reasoning-delta":
        notice = null;
        if (!said.add(event)) {
          run = { ...run, finishReason: "length" };
          return true;
        }
        break;
      case "tool-call-delta":
        // No tools are offered here.
        break;
      case "call-end":
        usage = {
          completionTokens: event.usage?.completionTokens ?? null,
          reasoningTokens: event.usage?.reasoningTokens ?? null,
        };
        run = {
          ...run,
          finishReason: event.finishReason === "length" ? "length" : "stop",
          promptTokens: event.usage?.promptTokens ?? null,
          cachedTokens: event.usage?.cachedTokens ?? null,
        };
        return true;
    }
    announce.soon();
    return false;
  }

  function outcome(failure?: RunFailure): RunOutcome {
    const status = endedAs ?? (failure ? "failed" : "done");
    const { completionTokens, reasoningTokens } = usage ?? said.tokens();
    return {
      status,
      finishReason: status === "done" ? run.finishReason : null,
      failure: status === "failed" ? (failure ?? null) : null,
      promptTokens: run.promptTokens,
      cachedTokens: run.cachedTokens,
      completionTokens: run.promptTokens === null ? null : completionTokens,
      reasoningTokens: run.promptTokens === null ? null : reasoningTokens,
    };
  }

  return {
    ...start,
    answer: said.answer,
    reasoning: said.reasoning,
    reasoningMs: said.reasoningMs,
    signal: controller.signal,
    ended,
    state: () => run,
    notice: () => notice,
    take,
    outcome,
    interrupt(status) {
      if (!controller.signal.aborted) {
        endedAs = status;
        controller.abort(new Error(`the answer was ${status}`));
      }
    },
    end(result, endedAt) {
      run = { ...run, ...result, endedAt };
      notice = null;
      announce.now();
      resolveEnded(run);
    },
  };
}

/** A queue that does not move repeats itself. */
function isSameNotice(before: RunEvent | null, now: RunEvent): boolean {
  return JSON.stringify(before) === JSON.stringify(now);
}
