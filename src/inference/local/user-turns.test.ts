import { expect, test } from "vitest";
import { createUserTurns } from "./user-turns.ts";

test("the last turn of a user is remembered", () => {
  const turns = createUserTurns();
  turns.serve("ana", 1);
  turns.serve("ben", 2);
  turns.serve("ana", 3);
  expect([...turns.shares]).toEqual([
    ["ben", { weight: 1, lastTurn: 2 }],
    ["ana", { weight: 1, lastTurn: 3 }],
  ]);
});

test("however many users come, those whose turn is longest ago are forgotten", () => {
  const turns = createUserTurns();
  for (let step = 0; step < 10_005; step += 1) turns.serve(`user-${step}`, step);
  expect(turns.shares.size).toBe(10_000);
  expect(turns.shares.has("user-4")).toBe(false);
  expect(turns.shares.has("user-5")).toBe(true);
});
