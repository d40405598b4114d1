import { describe, expect, test } from "vitest";
import type { AcceptedRequest } from "./answer.ts";
import type { UserShare } from "./plan-batch.ts";
import { readSamplerSettings } from "./sampler-chain.ts";
import { createWaitingQueue } from "./waiting-queue.ts";
import type { GenerateCommand } from "./worker-protocol.ts";

function aRequest(requestId: string, changes: Partial<GenerateCommand & AcceptedRequest> = {}): AcceptedRequest {
  const command: GenerateCommand = {
    type: "generate",
    requestId,
    prompt: [],
    sampling: {},
    maxOutputTokens: null,
    stop: [],
    userId: changes.userId ?? requestId,
    lane: changes.lane ?? "interactive",
    cacheScope: "scope",
  };
  const { context = 0, arrivedMs = 0 } = changes;
  return { command, prompt: Int32Array.of(1), settings: readSamplerSettings({}), context, arrivedMs };
}

const order = (users: readonly [string, UserShare][] = []) => ({ nowMs: 0, users: new Map(users) });
const aQueue = (limit = 64) => createWaitingQueue(limit, () => 4);

describe("the waiting queue", () => {
  test("hands out people before programs, and a served user after others", () => {
    const queue = aQueue();
    queue.add(aRequest("program", { lane: "api" }));
    queue.add(aRequest("served", { userId: "ana" }));
    queue.add(aRequest("unserved", { userId: "ben", arrivedMs: 5 }));
    const users = order([["ana", { weight: 1, lastTurn: 3 }]]);
    const taken = [0, 0, 0, 0].map((context) => queue.takeNext(context, users)?.command.requestId);
    expect(taken).toEqual(["unserved", "served", "program", undefined]);
  });

  test("hands out only what waits for that context", () => {
    const queue = aQueue();
    queue.add(aRequest("long", { context: 1 }));
    expect(queue.takeNext(0, order())).toBeNull();
    expect(queue.waitsFor(1)).toBe(true);
    expect(queue.takeNext(1, order())?.command.requestId).toBe("long");
    expect(queue.waitsFor(1)).toBe(false);
  });

  test("tells every place once, and again when it changes", () => {
    const queue = aQueue();
    queue.add(aRequest("a"));
    queue.add(aRequest("b", { arrivedMs: 1 }));
    expect(queue.takeChangedPositions(order())).toEqual([
      { requestId: "a", position: 1, estimatedMs: null },
      { requestId: "b", position: 2, estimatedMs: null },
    ]);
    expect(queue.takeChangedPositions(order())).toEqual([]);
    queue.remove("a");
    expect(queue.takeChangedPositions(order())).toEqual([{ requestId: "b", position: 1, estimatedMs: null }]);
  });

  test("estimates from how long requests took, divided by how many run at a time", () => {
    const queue = aQueue();
    queue.onFinished(0, 8000);
    queue.add(aRequest("a"));
    expect(queue.takeChangedPositions(order())[0]?.estimatedMs).toBe(2000);
  });

  test("refuses past its limit and says when to come back", () => {
    const queue = aQueue(1);
    queue.add(aRequest("a"));
    expect(() => queue.add(aRequest("b"))).toThrow(
      expect.objectContaining({ code: "queue_full", details: { seconds: 5 } }),
    );
    queue.onFinished(0, 1_000_000);
    expect(() => queue.add(aRequest("b"))).toThrow(expect.objectContaining({ details: { seconds: 60 } }));
    expect(queue.size).toBe(1);
  });
});
