import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { startUpkeep, type UpkeepTask } from "./upkeep.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function aLog() {
  const lines: object[] = [];
  const write = (line: object): void => void lines.push(line);
  return { lines, logger: { info: write, error: write } as unknown as Parameters<typeof startUpkeep>[1] };
}

test("a task runs at once and at its interval until the upkeep stops, and is logged when it did something", async () => {
  const { lines, logger } = aLog();
  const counts = [2, 0, 1];
  const task: UpkeepTask = { event: "things-cleared", everyMs: 1000, run: async () => counts.shift() ?? 7 };
  const upkeep = startUpkeep([task], logger);
  await vi.advanceTimersByTimeAsync(2500);
  upkeep.stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(lines).toEqual([
    { event: "things-cleared", count: 2 },
    { event: "things-cleared", count: 1 },
  ]);
  expect(counts).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a task that fails is logged, stops no other and is tried again", async () => {
  const { lines, logger } = aLog();
  const full = new Error("the disk is full");
  let calls = 0;
  const failing: UpkeepTask = {
    event: "a",
    everyMs: 1000,
    run: () => (++calls === 1 ? Promise.reject(full) : Promise.resolve(1)),
  };
  const upkeep = startUpkeep([failing, { event: "b", everyMs: 5000, run: async () => 3 }], logger);
  await vi.advanceTimersByTimeAsync(1500);
  upkeep.stop();
  expect(lines).toContainEqual({ event: "upkeep-failed", task: "a", err: full });
  expect(lines).toContainEqual({ event: "a", count: 1 });
  expect(lines).toContainEqual({ event: "b", count: 3 });
});
