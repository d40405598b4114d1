import { expect, test } from "vitest";
import { checkCutConnections } from "../support/check-cut-connections.ts";

test("40 clients go away at any moment, and the engine is free for the next eight", async () => {
  const { cut, refusals, answered } = await checkCutConnections({ count: 40, parallel: 8, seed: 1 });
  expect(Math.min(...Object.values(cut))).toBeGreaterThan(2);
  expect(refusals).toEqual([]);
  expect(answered).toBe(8);
}, 180_000);
