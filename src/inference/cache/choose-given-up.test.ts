import { expect, test } from "vitest";
import { chooseGivenUp } from "./choose-given-up.ts";

const dayMs = 24 * 3_600_000;
const state = (name: string, bytes: number, computedMs: number, daysAgo = 0) => ({
  name,
  bytes,
  computedMs,
  lastUsedMs: 100 * dayMs - daysAgo * dayMs,
});
const given = (states: readonly ReturnType<typeof state>[], bytes: number, maxBytes: number) =>
  chooseGivenUp(states, bytes, { maxBytes, nowMs: 100 * dayMs })?.map(({ name }) => name);

test("nothing goes while there is room", () => {
  expect(given([state("a", 50, 1)], 50, 100)).toEqual([]);
});

test("what saves the least time for its bytes goes first, and no more than needed", () => {
  const states = [state("dear", 40, 4000), state("cheap", 40, 100), state("middle", 20, 400)];
  expect(given(states, 30, 100)).toEqual(["cheap"]);
  expect(given(states, 50, 100)).toEqual(["cheap", "middle"]);
});

test("what was not used for a day counts half", () => {
  const states = [state("old", 10, 1000, 3), state("new", 10, 300)];
  expect(given(states, 85, 100)).toEqual(["old"]);
});

test("what is larger than all the room there is takes nobody's place", () => {
  expect(given([state("a", 50, 1)], 101, 100)).toBeUndefined();
});
