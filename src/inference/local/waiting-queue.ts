// Requests that wait for a sequence: bounded, in fair order, each told its place and how long it will take.
import { AppError } from "../../platform/errors.ts";
import {
  type Admitted,
  admissionOrder,
  type AdmissionState,
  nextAdmitted,
  nextNewcomer,
  type RunningAnswer,
  type WaitingRequest,
} from "./admission-order.ts";
import type { AcceptedRequest } from "./answer.ts";
import { createAnswerLengths } from "./answer-lengths.ts";
import { estimateWaits, type MeasuredSpeed } from "./estimate-waits.ts";

export interface QueuePosition {
  readonly requestId: string;
  /** 1 is next. */
  readonly position: number;
  readonly estimatedMs: number | null;
}

export interface RunningRequest extends RunningAnswer {
  readonly promptTokensLeft: number;
  readonly completionTokens: number;
  readonly mostTokens: number;
}

/** What a context is doing now. */
export interface ContextLoad {
  readonly nowMs: number;
  readonly running: readonly RunningRequest[];
  /** Null until steps were measured. */
  readonly speed: MeasuredSpeed | null;
}

export interface QueueSettings {
  /** Requests that may wait; the next one is refused. */
  readonly limit: number;
  /** Of a context: how many answers it writes at a time, and how many tokens one has room for. */
  readonly roomOf: (context: number) => { readonly sequences: number; readonly tokensPerSequence: number };
  /** Answers that one user has in a context at a time while others wait; null: half of what there is. */
  readonly userSequences: number | null;
  readonly loadOf: (context: number) => ContextLoad;
}

/** What there is of an answer that made room. */
export interface PausedWork {
  /** Of prompt and answer; to be computed once more. */
  readonly tokens: number;
  readonly completionTokens: number;
}

export interface WaitingQueue {
  readonly size: number;
  /** Throws queue_full with the seconds after which trying again makes sense, 1 to 60. */
  add(request: AcceptedRequest): void;
  /** Whatever the limit: an answer that made room for somebody waits until it can go on. */
  addPaused(request: AcceptedRequest, done: PausedWork): void;
  has(requestId: string): boolean;
  remove(requestId: string): boolean;
  waitsFor(context: number): boolean;
  /** Takes out the request that is next for a context, or null. */
  takeNext(context: number): AcceptedRequest | null;
  /** While no sequence of a context is free: takes out a request for which a running answer has to make room, or null. */
  takeNewcomer(context: number): { readonly request: AcceptedRequest; readonly paused: string } | null;
  /** Places that changed since the last call; answers that have begun are not told. */
  takeChangedPositions(): readonly QueuePosition[];
  /** What a request that was taken out came to, however it ended. */
  onFinished(request: AcceptedRequest, completionTokens: number): void;
}

const longestRetrySeconds = 60;
const unmeasuredRetrySeconds = 5;
/** What an answer is taken to become before any has ended. */
const unknownAnswerTokens = 200;
/** Ageing changes places even where nobody comes or goes. */
const lookAgainMs = 1000;

interface Waiting extends WaitingRequest {
  readonly accepted: AcceptedRequest;
  readonly promptTokens: number;
  readonly answerTokens: number;
}

export function createWaitingQueue({ limit, roomOf, userSequences, loadOf }: QueueSettings): WaitingQueue {
  const waiting = new Map<string, AcceptedRequest>();
  const paused = new Map<string, PausedWork>();
  const told = new Map<string, number>();
  /** Answer tokens that a running request was charged for in advance. */
  const charged = new Map<string, number>();
  const lengths = createAnswerLengths();
  let owed: AdmissionState["owed"] = new Map();
  let lookedMs: number | null = null;

  const mostTokens = ({ command, prompt, context }: AcceptedRequest) =>
    Math.min(command.maxOutputTokens ?? Infinity, Math.max(1, roomOf(context).tokensPerSequence - prompt.length));
  const describe = (accepted: AcceptedRequest): Waiting => {
    const { command, prompt, arrivedMs } = accepted;
    const { requestId, userId, lane, weight = 1 } = command;
    const ranked = { requestId, userId, lane, weight, arrivedMs, accepted };
    const most = mostTokens(accepted);
    const done = paused.get(requestId);
    if (done !== undefined) {
      const [left = 1] = lengths.left([{ tokens: done.completionTokens, mostTokens: most }]);
      // It was charged for all of it when it began.
      return { ...ranked, promptTokens: done.tokens, answerTokens: left, tokens: 0 };
    }
    const answerTokens = Math.min(most, lengths.typical ?? unknownAnswerTokens);
    return { ...ranked, promptTokens: prompt.length, answerTokens, tokens: prompt.length + answerTokens };
  };
  const waitingFor = (context: number) =>
    Array.from(
      waiting.values().filter((request) => request.context === context),
      describe,
    );
  const stateOf = (context: number, { nowMs, running }: ContextLoad): AdmissionState => {
    const half = Math.ceil(roomOf(context).sequences / 2);
    return { nowMs, running, userSequences: userSequences ?? half, owed };
  };
  const estimate = (context: number, { running, speed }: ContextLoad, order: readonly Waiting[]) => {
    if (speed === null || lengths.typical === null) return order.map(() => null);
    const left = lengths.left(running.map((one) => ({ tokens: one.completionTokens, mostTokens: one.mostTokens })));
    const now = running.map((one, index) => ({
      promptTokens: one.promptTokensLeft,
      answerTokens: left[index] as number,
    }));
    return estimateWaits(now, order, roomOf(context).sequences, speed).map(Math.round);
  };
  const remove = (requestId: string) => {
    lookedMs = null;
    told.delete(requestId);
    paused.delete(requestId);
    return waiting.delete(requestId);
  };
  const take = ({ request, owed: after }: Admitted<Waiting>): AcceptedRequest => {
    owed = after;
    const { requestId, accepted, answerTokens } = request;
    if (!charged.has(requestId)) charged.set(requestId, answerTokens);
    remove(requestId);
    return accepted;
  };
  const placesIn = (context: number): readonly QueuePosition[] => {
    const load = loadOf(context);
    const order = admissionOrder(waitingFor(context), stateOf(context, load));
    const estimates = estimate(context, load, order);
    return order.map(({ requestId }, index) => ({
      requestId,
      position: index + 1,
      estimatedMs: estimates[index] ?? null,
    }));
  };

  return {
    get size() {
      return waiting.size;
    },
    add(request) {
      if (waiting.size >= limit) {
        // The first to leave makes room.
        const contexts = [...new Set(waiting.values().map(({ context }) => context))];
        const waits = contexts.map((context) => placesIn(context)[0]?.estimatedMs ?? unmeasuredRetrySeconds * 1000);
        const seconds = Math.min(longestRetrySeconds, Math.max(1, Math.ceil(Math.min(...waits) / 1000)));
        throw new AppError("queue_full", { seconds });
      }
      lookedMs = null;
      waiting.set(request.command.requestId, request);
    },
    addPaused(request, done) {
      lookedMs = null;
      const { requestId } = request.command;
      waiting.set(requestId, request);
      paused.set(requestId, done);
    },
    has: (requestId) => waiting.has(requestId),
    remove,
    waitsFor: (context) => waiting.values().some((request) => request.context === context),
    takeNext(context) {
      const next = nextAdmitted(waitingFor(context), stateOf(context, loadOf(context)));
      return next === null ? null : take(next);
    },
    takeNewcomer(context) {
      const next = nextNewcomer(waitingFor(context), stateOf(context, loadOf(context)));
      return next === null ? null : { request: take(next), paused: next.paused };
    },
    takeChangedPositions() {
      const contexts = [...new Set(waiting.values().map(({ context }) => context))];
      const [first] = contexts;
      if (first === undefined) return [];
      const { nowMs } = loadOf(first);
      if (lookedMs !== null && nowMs - lookedMs < lookAgainMs) return [];
      lookedMs = nowMs;
      const changed = contexts
        .flatMap(placesIn)
        .filter(({ requestId, position }) => !paused.has(requestId) && told.get(requestId) !== position);
      for (const { requestId, position } of changed) told.set(requestId, position);
      return changed;
    },
    onFinished({ command: { requestId, userId } }, completionTokens) {
      lookedMs = null;
      lengths.add(completionTokens);
      const wasCharged = charged.get(requestId) ?? completionTokens;
      charged.delete(requestId);
      owed = new Map(owed).set(userId, (owed.get(userId) ?? 0) + wasCharged - completionTokens);
    },
  };
}
