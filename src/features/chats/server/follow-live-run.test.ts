import { describe, expect, test, vi } from "vitest";
import { aQueuedRun, word } from "../../../../tests/support/scripted-answers.ts";
import { answerStart } from "./answer-text.ts";
import { followLiveRun } from "./follow-live-run.ts";
import { createLiveRun, type LiveRun } from "./live-run.ts";
import { createRunBus, type RunBus } from "./run-bus.ts";

function aLiveRun(bus: RunBus): LiveRun {
  const scope = { userId: "u", organisationId: "o", role: "member" as const };
  const run = aQueuedRun("run");
  const nothing = { text: "", reasoning: "", reasoningMs: 0 };
  const start = { scope, chatId: "c", messageId: "a", run, fence: 1, leaseUntil: 1, ...nothing };
  return createLiveRun(start, bus, Date.now);
}

describe("followers", () => {
  test("are woken at once, then for several pieces together", async () => {
    vi.useFakeTimers();
    const bus = createRunBus();
    const live = aLiveRun(bus);
    let wakes = 0;
    const unsubscribe = bus.subscribe("run", () => (wakes += 1));
    live.take(word("a"));
    expect(wakes).toBe(1);
    for (let ms = 0; ms < 1000; ms += 5) {
      await vi.advanceTimersByTimeAsync(5);
      live.take(word("b"));
    }
    expect(wakes).toBeGreaterThan(12);
    expect(wakes).toBeLessThanOrEqual(18);
    const before = wakes;
    await vi.advanceTimersByTimeAsync(70);
    expect(wakes).toBe(before + 1);
    unsubscribe();
    expect(bus.subscriberCount()).toBe(0);
    vi.useRealTimers();
  });

  test("10,000 that come and go in the middle leave nothing behind", async () => {
    const bus = createRunBus();
    const live = aLiveRun(bus);
    live.take(word("a"));
    // One signal for all, as a leak would hang on to it.
    const server = new AbortController();
    const removed = vi.spyOn(server.signal, "removeEventListener");
    const waits: Promise<unknown>[] = [];
    for (let count = 0; count < 10_000; count++) {
      const reader = followLiveRun(live, bus, answerStart, server.signal)[Symbol.asyncIterator]();
      expect(await reader.next()).toMatchObject({ value: { id: 1 } });
      waits.push(reader.next());
      await reader.return?.();
    }
    expect(removed).toHaveBeenCalledTimes(10_000);
    expect(bus.subscriberCount()).toBe(0);
    expect(new Set((await Promise.all(waits)).map((wait) => JSON.stringify(wait)))).toEqual(new Set([`{"done":true}`]));
  });
});
