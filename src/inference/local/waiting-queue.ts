// Requests that wait for a sequence: bounded, in fair order, each told its place and how long it will take.
import { AppError } from "../../platform/errors.ts";
import type { AcceptedRequest } from "./answer.ts";
import { comparePrompts, type UserShare } from "./plan-batch.ts";

export interface QueuePosition {
  readonly requestId: string;
  /** 1 is next. */
  readonly position: number;
  readonly estimatedMs: number | null;
}

export interface WaitingQueue {
  readonly size: number;
  /** Throws queue_full with the seconds after which trying again makes sense, 1 to 60. */
  add(request: AcceptedRequest): void;
  has(requestId: string): boolean;
  remove(requestId: string): boolean;
  waitsFor(context: number): boolean;
  /** Takes out the request that is next for a context, or null. */
  takeNext(context: number, order: QueueOrder): AcceptedRequest | null;
  /** Places that changed since the last call. */
  takeChangedPositions(order: QueueOrder): readonly QueuePosition[];
  /** Teaches the estimate how long a request kept its sequence. */
  onFinished(context: number, heldMs: number): void;
}

export interface QueueOrder {
  readonly nowMs: number;
  readonly users: ReadonlyMap<string, UserShare>;
}

/** Weight of the newest measurement in the running mean. */
const newestPart = 0.2;
const longestRetrySeconds = 60;
const unmeasuredRetrySeconds = 5;

/** `sequencesOf` tells how many requests a context runs at a time. */
export function createWaitingQueue(limit: number, sequencesOf: (context: number) => number): WaitingQueue {
  const waiting = new Map<string, AcceptedRequest>();
  const told = new Map<string, number>();
  const meanHeldMs = new Map<number, number>();

  const inOrder = (context: number, order: QueueOrder) =>
    [...waiting.values()]
      .filter((request) => request.context === context)
      .map((request, index) => ({ request, place: placeOf(request, index) }))
      .sort((one, other) => comparePrompts(one.place, other.place, order))
      .map(({ request }) => request);
  const estimate = (context: number, position: number) => {
    const mean = meanHeldMs.get(context);
    return mean === undefined ? null : Math.round((mean * position) / sequencesOf(context));
  };
  const remove = (requestId: string) => {
    told.delete(requestId);
    return waiting.delete(requestId);
  };

  return {
    get size() {
      return waiting.size;
    },
    add(request) {
      if (waiting.size >= limit) {
        const waitMs = estimate(request.context, 1) ?? unmeasuredRetrySeconds * 1000;
        const seconds = Math.min(longestRetrySeconds, Math.max(1, Math.ceil(waitMs / 1000)));
        throw new AppError("queue_full", { seconds });
      }
      waiting.set(request.command.requestId, request);
    },
    has: (requestId) => waiting.has(requestId),
    remove,
    waitsFor: (context) => waiting.values().some((request) => request.context === context),
    takeNext(context, order) {
      const next = inOrder(context, order)[0];
      if (next === undefined) return null;
      remove(next.command.requestId);
      return next;
    },
    takeChangedPositions(order) {
      const changed: QueuePosition[] = [];
      for (const context of new Set(waiting.values().map((request) => request.context))) {
        for (const [index, { command }] of inOrder(context, order).entries()) {
          const position = index + 1;
          if (told.get(command.requestId) === position) continue;
          told.set(command.requestId, position);
          changed.push({ requestId: command.requestId, position, estimatedMs: estimate(context, position) });
        }
      }
      return changed;
    },
    onFinished(context, heldMs) {
      const mean = meanHeldMs.get(context);
      meanHeldMs.set(context, mean === undefined ? heldMs : mean + (heldMs - mean) * newestPart);
    },
  };
}

function placeOf({ command, prompt, arrivedMs }: AcceptedRequest, index: number) {
  const { userId, lane } = command;
  return { sequence: index, userId, lane, arrivedMs, promptTokensLeft: prompt.length, length: 0 };
}
