import { describe, expect, test } from "vitest";
import type { AcceptedRequest } from "./answer.ts";
import { readSamplerSettings } from "./sampler-chain.ts";
import { type ContextLoad, createWaitingQueue, type QueueSettings, type RunningRequest } from "./waiting-queue.ts";
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
  return { command, prompt: Int32Array.of(1), sharedTokens: 0, settings: readSamplerSettings({}), context, arrivedMs };
}

const speed = { generateMs: 10, promptTokenMs: 2, mixedStepMs: 250 };
const idle: ContextLoad = { nowMs: 0, running: [], speed };
const anAnswer = (userId: string, completionTokens = 0, changes: Partial<RunningRequest> = {}): RunningRequest => ({
  requestId: `of-${userId}-${completionTokens}`,
  userId,
  weight: 1,
  lane: "interactive",
  arrivedMs: 0,
  promptTokensLeft: 0,
  computedTokens: 100 + completionTokens,
  completionTokens,
  mostTokens: 1000,
  ...changes,
});

function aQueue(changes: Partial<QueueSettings> = {}, load: () => ContextLoad = () => idle) {
  return createWaitingQueue({
    limit: 64,
    roomOf: () => ({ sequences: 4, tokensPerSequence: 2048 }),
    userSequences: null,
    loadOf: load,
    ...changes,
  });
}
const idsTaken = (queue: ReturnType<typeof aQueue>, count: number) =>
  Array.from({ length: count }, () => queue.takeNext(0)?.command.requestId);

describe("the waiting queue", () => {
  test("hands out people before programs, then by age", () => {
    const queue = aQueue();
    queue.add(aRequest("program", { lane: "api" }));
    queue.add(aRequest("young", { arrivedMs: 5 }));
    queue.add(aRequest("old"));
    expect(idsTaken(queue, 4)).toEqual(["old", "young", "program", undefined]);
  });

  test("one request of another comes before the twentieth of somebody", () => {
    const queue = aQueue();
    for (let count = 0; count < 20; count += 1) queue.add(aRequest(`many-${count}`, { userId: "ana" }));
    expect(queue.takeNext(0)?.command.userId).toBe("ana");
    queue.add(aRequest("one", { userId: "ben", arrivedMs: 5 }));
    expect(idsTaken(queue, 2)).toContain("one");
  });

  test("users get sequences in proportion to their weights", () => {
    const queue = aQueue();
    for (let count = 0; count < 30; count += 1) {
      queue.add({ ...aRequest(`h-${count}`), command: { ...aRequest(`h-${count}`).command, userId: "h", weight: 2 } });
      queue.add(aRequest(`l-${count}`, { userId: "l" }));
    }
    const taken = idsTaken(queue, 30).map((requestId) => requestId?.[0]);
    expect(taken.filter((user) => user === "h")).toHaveLength(20);
  });

  test("who has as many answers running as one may comes after everybody else, and only then", () => {
    const running = [anAnswer("ana"), anAnswer("ana")];
    const queue = aQueue({}, () => ({ ...idle, running }));
    queue.add(aRequest("more", { userId: "ana" }));
    queue.add(aRequest("batch", { userId: "ben", lane: "batch", arrivedMs: 5 }));
    expect(idsTaken(queue, 2)).toEqual(["batch", "more"]);
  });

  test("an answer that became longer than expected counts against its user at the next turn", () => {
    const queue = aQueue();
    queue.add(aRequest("first", { userId: "ana" }));
    const first = queue.takeNext(0) as AcceptedRequest;
    queue.onFinished(first, 1500);
    queue.add(aRequest("second", { userId: "ana" }));
    queue.add(aRequest("other", { userId: "ben", arrivedMs: 5 }));
    expect(idsTaken(queue, 2)).toEqual(["other", "second"]);
  });

  test("batch work is admitted in the end, whoever else keeps coming", () => {
    let nowMs = 0;
    const queue = aQueue({}, () => ({ ...idle, nowMs }));
    queue.add(aRequest("batch", { lane: "batch" }));
    for (let count = 0; queue.has("batch"); count += 1) {
      expect(count).toBeLessThan(60);
      nowMs += 1000;
      queue.add(aRequest(`person-${count}`, { arrivedMs: nowMs }));
      queue.takeNext(0);
    }
  });

  test("hands out only what waits for that context", () => {
    const queue = aQueue();
    queue.add(aRequest("long", { context: 1 }));
    expect(queue.takeNext(0)).toBeNull();
    expect(queue.waitsFor(1)).toBe(true);
    expect(queue.takeNext(1)?.command.requestId).toBe("long");
    expect(queue.waitsFor(1)).toBe(false);
  });

  test("tells every place once, and again when it changes", () => {
    const queue = aQueue();
    queue.add(aRequest("a"));
    queue.add(aRequest("b", { arrivedMs: 1 }));
    expect(queue.takeChangedPositions()).toEqual([
      { requestId: "a", position: 1, estimatedMs: null },
      { requestId: "b", position: 2, estimatedMs: null },
    ]);
    expect(queue.takeChangedPositions()).toEqual([]);
    queue.remove("a");
    expect(queue.takeChangedPositions()).toEqual([{ requestId: "b", position: 1, estimatedMs: null }]);
  });

  test("estimates from what is left of the answers that run, once one has ended and steps were measured", () => {
    const running = [20, 40, 60, 80].map((tokens) => anAnswer("ana", tokens));
    let load: ContextLoad = { nowMs: 0, running, speed: null };
    const queue = aQueue({}, () => load);
    queue.add(aRequest("first", { userId: "ben" }));
    queue.onFinished(aRequest("ended"), 100);
    expect(queue.takeChangedPositions()[0]?.estimatedMs).toBeNull();
    load = { ...load, speed };
    queue.add(aRequest("second", { userId: "ben", arrivedMs: 1 }));
    // 20 tokens of the furthest answer; then 20 more of the next, beside the first's prompt of one token.
    expect(queue.takeChangedPositions()).toEqual([
      { requestId: "second", position: 2, estimatedMs: expect.closeTo(402, -1) as number },
    ]);
  });

  test("refuses past its limit and says when to come back", () => {
    let running = [anAnswer("ana", 90), anAnswer("ana"), anAnswer("ana"), anAnswer("ana")];
    const queue = aQueue({ limit: 1 }, () => ({ ...idle, running }));
    queue.add(aRequest("a"));
    const refused = (seconds: number) => expect.objectContaining({ code: "queue_full", details: { seconds } }) as Error;
    expect(() => queue.add(aRequest("b"))).toThrow(refused(5));
    queue.onFinished(aRequest("ended"), 100);
    expect(() => queue.add(aRequest("b"))).toThrow(refused(1));
    running = running.map((one) => ({ ...one, completionTokens: 0, promptTokensLeft: 100_000 }));
    expect(() => queue.add(aRequest("b"))).toThrow(refused(60));
    expect(queue.size).toBe(1);
  });
});

describe("somebody who has no answer running", () => {
  const four = (changes: Partial<RunningRequest> = {}) =>
    [40, 30, 20, 90].map((done) => anAnswer("ana", done, changes));
  const aFullQueue = (running: readonly RunningRequest[]) => aQueue({}, () => ({ ...idle, nowMs: 5, running }));

  test("gets the place of the answer that loses least, of whoever has more than one may have", () => {
    const queue = aFullQueue(four());
    queue.add(aRequest("first", { userId: "ben" }));
    expect(queue.takeNewcomer(0)).toMatchObject({ request: { command: { userId: "ben" } }, paused: "of-ana-20" });
    expect(queue.takeNewcomer(0)).toBeNull();
  });

  test("waits while nobody has more than that, and for a better lane", () => {
    const shared = [anAnswer("ana"), anAnswer("ana", 1), anAnswer("cem"), anAnswer("cem", 1)];
    const queue = aFullQueue(shared);
    queue.add(aRequest("first", { userId: "ben" }));
    expect(queue.takeNewcomer(0)).toBeNull();
    const ofPeople = aFullQueue(four());
    ofPeople.add(aRequest("program", { userId: "ben", lane: "api" }));
    expect(ofPeople.takeNewcomer(0)).toBeNull();
  });

  test("gets the place of one of a worse lane, however few its user has", () => {
    const running = [anAnswer("ana"), anAnswer("cem"), anAnswer("dan", 50, { lane: "batch" }), anAnswer("eva")];
    const queue = aFullQueue(running);
    queue.add(aRequest("first", { userId: "ben", lane: "api" }));
    expect(queue.takeNewcomer(0)?.paused).toBe("of-dan-50");
  });

  test("makes nobody wait twice: the paused answer is told no place and charged once", () => {
    const queue = aQueue();
    const long = aRequest("long", { userId: "ana" });
    queue.add(long);
    queue.takeNext(0);
    queue.addPaused(long, { tokens: 60, completionTokens: 20 });
    queue.add(aRequest("other", { userId: "ben", arrivedMs: 5 }));
    expect(queue.takeChangedPositions().map(({ requestId }) => requestId)).toEqual(["other"]);
    // What is left of it costs nothing more, so it is due first.
    expect(idsTaken(queue, 3)).toEqual(["long", "other", undefined]);
  });
});
