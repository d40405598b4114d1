// The calls that an engine process owes an answer, and what a crash does to each of them.
import { createHash } from "node:crypto";
import type { Clock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";
import type { ErrorCode } from "../../contract/error-codes.ts";
import type { FinishReason, TokenUsage } from "../model-call.ts";
import type { GenerateCommand, StepsAlone, WorkerEvent } from "./worker-protocol.ts";

export type EngineCallEvent =
  | { readonly type: "loading"; readonly percent: number }
  | { readonly type: "queue-position"; readonly position: number; readonly estimatedMs: number | null }
  | { readonly type: "started"; readonly promptTokens: number; readonly cachedTokens: number }
  | { readonly type: "text"; readonly text: string; readonly tokens: number }
  | {
      readonly type: "ended";
      readonly finishReason: FinishReason;
      readonly usage: TokenUsage;
      readonly alone: StepsAlone;
    }
  | { readonly type: "failed"; readonly error: unknown };

export type EngineCallListener = (event: EngineCallEvent) => void;

/** What can be told of a call while it is open: nothing of what was asked, nor of the answer. */
export interface EngineCall extends Pick<GenerateCommand, "userId" | "lane"> {
  readonly askedAt: number;
  /** Null while it waits. */
  readonly started: {
    readonly at: number;
    readonly promptTokens: number;
    readonly cachedTokens: number;
    readonly answerTokens: number;
  } | null;
  /** Where it stood in the queue when that was told last. */
  readonly queue: { readonly position: number; readonly estimatedMs: number | null } | null;
}

interface EngineRequest {
  readonly askedAt: number;
  queue: EngineCall["queue"];
  progress: EngineCall["started"];
  readonly command: GenerateCommand;
  readonly listener: EngineCallListener;
  /** The running child has it. */
  sent: boolean;
  started: boolean;
  crashes: number;
}

/** How often a request may be in flight at a crash before it is taken for the cause. */
const maxCrashes = 2;
/** A prompt that was in flight at two native faults within this time is refused. */
const suspicionMs = 10 * 60_000;
const maxSuspects = 1000;

export interface EngineRequests {
  add(command: GenerateCommand, listener: EngineCallListener): void;
  /** Forgets the request; true if the worker has to be told. */
  cancel(requestId: string): boolean;
  /** Hands out what has not been sent yet, oldest first. */
  takeUnsent(): readonly GenerateCommand[];
  onWorkerEvent(event: WorkerEvent): void;
  onLoading(percent: number): void;
  /** `nativeFault`: the engine died by itself, so one of its requests may be the cause. */
  onCrash(nativeFault: boolean): void;
  failAll(error: unknown): void;
  /** Those that are open, oldest first. */
  calls(): readonly EngineCall[];
  count(): { readonly running: number; readonly waiting: number };
}

export function createEngineRequests(now: Clock): EngineRequests {
  const requests = new Map<string, EngineRequest>();
  const suspects = createSuspects(now);

  const finish = (request: EngineRequest, event: EngineCallEvent) => {
    requests.delete(request.command.requestId);
    request.listener(event);
  };

  return {
    add(command, listener) {
      if (suspects.isQuarantined(command)) throw new AppError("request_quarantined");
      requests.set(command.requestId, {
        askedAt: now(),
        queue: null,
        progress: null,
        command,
        listener,
        sent: false,
        started: false,
        crashes: 0,
      });
    },
    cancel(requestId) {
      const request = requests.get(requestId);
      requests.delete(requestId);
      return request?.sent === true;
    },
    takeUnsent() {
      const unsent = [...requests.values()].filter((request) => !request.sent);
      for (const request of unsent) request.sent = true;
      return unsent.map((request) => request.command);
    },
    onWorkerEvent(event) {
      if (!("requestId" in event)) return;
      const request = requests.get(event.requestId);
      if (request === undefined) return;
      note(request, event, now());
      deliver(request, event, finish);
    },
    onLoading(percent) {
      for (const request of requests.values()) if (!request.sent) request.listener({ type: "loading", percent });
    },
    onCrash(nativeFault) {
      for (const request of [...requests.values()].filter(({ sent }) => sent)) {
        if (nativeFault) suspects.add(request.command);
        request.sent = false;
        request.crashes += 1;
        // What has reached the person cannot be taken back, so a started answer ends here; a waiting one goes on.
        if (request.started || request.crashes >= maxCrashes) {
          finish(request, { type: "failed", error: new AppError("engine_crashed") });
        }
      }
    },
    failAll(error) {
      for (const request of requests.values()) finish(request, { type: "failed", error });
    },
    calls: () =>
      [...requests.values()].map(({ command: { userId, lane }, askedAt, queue, progress: started }) => ({
        userId,
        lane,
        askedAt,
        queue,
        started,
      })),
    count() {
      let running = 0;
      for (const request of requests.values()) if (request.started) running += 1;
      return { running, waiting: requests.size - running };
    },
  };
}

/** How far it is. A call that begins anew after a crash had not started. */
function note(request: EngineRequest, event: WorkerEvent, now: number): void {
  if (event.type === "queue-position") {
    request.queue = { position: event.position, estimatedMs: event.estimatedMs };
  } else if (event.type === "started") {
    const { promptTokens, cachedTokens } = event;
    request.progress = { at: now, promptTokens, cachedTokens, answerTokens: 0 };
  } else if (event.type === "text" && request.progress !== null) {
    request.progress = { ...request.progress, answerTokens: request.progress.answerTokens + event.tokens };
  }
}

function deliver(
  request: EngineRequest,
  event: WorkerEvent,
  finish: (request: EngineRequest, event: EngineCallEvent) => void,
): void {
  switch (event.type) {
    case "started":
      request.started = true;
      request.listener({ type: "started", promptTokens: event.promptTokens, cachedTokens: event.cachedTokens });
      break;
    case "queue-position":
      request.listener({ type: "queue-position", position: event.position, estimatedMs: event.estimatedMs });
      break;
    case "text":
      request.listener({ type: "text", text: event.text, tokens: event.tokens });
      break;
    case "ended":
      finish(request, { type: "ended", finishReason: event.finishReason, usage: event.usage, alone: event.alone });
      break;
    case "failed":
      finish(request, { type: "failed", error: new AppError(event.code satisfies ErrorCode, event.details) });
      break;
    case "cancelled":
      // Only a request that nobody waits for any more is cancelled, so this one was ended by the worker itself.
      finish(request, { type: "failed", error: new AppError("engine_crashed") });
      break;
    default:
    // Nothing of a call.
  }
}

/** Prompts are remembered as hashes: no text outlives its request here. */
function createSuspects(now: Clock) {
  const faults = new Map<string, number[]>();
  const recent = (times: readonly number[]) => times.filter((time) => now() - time < suspicionMs);
  return {
    add(command: GenerateCommand): void {
      const key = fingerprint(command);
      const times = recent(faults.get(key) ?? []);
      faults.delete(key);
      faults.set(key, [...times, now()]);
      const oldest = faults.keys().next();
      if (faults.size > maxSuspects && !oldest.done) faults.delete(oldest.value);
    },
    isQuarantined(command: GenerateCommand): boolean {
      if (faults.size === 0) return false;
      return recent(faults.get(fingerprint(command)) ?? []).length >= maxCrashes;
    },
  };
}

function fingerprint(command: GenerateCommand): string {
  const what = [command.userId, command.prompt, command.sampling, command.stop];
  return createHash("sha256").update(JSON.stringify(what)).digest("base64url");
}
