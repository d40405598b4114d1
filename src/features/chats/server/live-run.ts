// An answer that this process is making: its text, its state and who is to be told about changes.
import { storableText } from "./storable-text.ts";
import type { ModelEvent } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Run, RunEvent, RunFailure } from "../contract.ts";
import { type AnswerText, createAnswerText } from "./answer-text.ts";
import type { Scope } from "./chat-store.ts";
import type { RunBus } from "./run-bus.ts";
import type { RunOutcome } from "./run-store.ts";

/** Followers are woken at most this often: quick tokens share a frame, whose wrapping costs 54 bytes. */
export const announceIntervalMs = 60;

/** No answer is longer; a provider that never stops must not fill the memory. */
export const maxAnswerCharacters = 4_000_000;

export interface LiveRunStart {
  readonly scope: Scope;
  readonly chatId: string;
  readonly messageId: string;
  readonly run: Run;
  readonly fence: number;
  readonly leaseUntil: number;
  /** What earlier runs wrote of this answer, and what they thought. */
  readonly text: string;
  readonly reasoning: string;
  readonly reasoningMs: number;
}

export interface LiveRun extends Omit<LiveRunStart, "text" | "reasoning" | "reasoningMs"> {
  readonly answer: AnswerText;
  readonly reasoning: AnswerText;
  /** How long the model has thought so far. */
  reasoningMs(): number;
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
  const answer = createAnswerText(start.text);
  const reasoning = createAnswerText(start.reasoning);
  let reasoningMs = start.reasoningMs;
  /** When the model last began to think, while it does. */
  let thinkingSince: number | null = null;
  const controller = new AbortController();
  const announce = createAnnouncer(() => bus.publish(start.run.id));
  const { promise: ended, resolve: resolveEnded } = Promise.withResolvers<Run>();
  let run = start.run;
  let notice: RunEvent | null = null;
  let completionTokens: number | null = 0;
  let reasoningTokens: number | null = 0;
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
        notice = null;
        answer.append(storableText(event.text));
        completionTokens = addTokens(completionTokens, event.tokens);
        thinkingSince = null;
        if (isTooLong()) {
          run = { ...run, finishReason: "length" };
          return true;
        }
        break;
      case "reasoning-delta":
        notice = null;
        think(event.text);
        completionTokens = addTokens(completionTokens, event.tokens);
        reasoningTokens = addTokens(reasoningTokens, event.tokens);
        if (isTooLong()) {
          run = { ...run, finishReason: "length" };
          return true;
        }
        break;
      case "tool-call-delta":
        // No tools are offered here.
        break;
      case "call-end":
        completionTokens = event.usage?.completionTokens ?? null;
        reasoningTokens = event.usage?.reasoningTokens ?? null;
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

  /** From its first sign to its last; a second thought behind some text counts too. */
  function think(text: string): void {
    const now = clock();
    if (thinkingSince !== null) reasoningMs += now - thinkingSince;
    thinkingSince = now;
    reasoning.append(storableText(text));
  }

  function isTooLong(): boolean {
    return answer.length + reasoning.length > maxAnswerCharacters;
  }

  function outcome(failure?: RunFailure): RunOutcome {
    const status = endedAs ?? (failure ? "failed" : "done");
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
    answer,
    reasoning,
    reasoningMs: () => reasoningMs,
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

/** Unknown is not zero. */
function addTokens(sum: number | null, tokens: number | null): number | null {
  return sum === null || tokens === null ? null : sum + tokens;
}

/** A queue that does not move repeats itself. */
function isSameNotice(before: RunEvent | null, now: RunEvent): boolean {
  return JSON.stringify(before) === JSON.stringify(now);
}

/** The first change is told at once, the following ones together. */
function createAnnouncer(publish: () => void): { soon(): void; now(): void } {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  function now(): void {
    clearTimeout(timer);
    timer = undefined;
    again = false;
    publish();
  }
  return {
    now,
    soon() {
      if (timer) {
        again = true;
        return;
      }
      publish();
      timer = setTimeout(() => {
        timer = undefined;
        if (again) {
          again = false;
          this.soon();
        }
      }, announceIntervalMs);
    },
  };
}
