import { expect, test } from "vitest";
import { createTokenRate } from "./token-rate.ts";

test("the tokens a second are those of the last minute, and a new process begins anew", () => {
  let now = 0;
  const rate = createTokenRate(() => now);
  const after = (ms: number, total: number) => {
    now += ms;
    rate.heard(total);
    return rate.perSecond();
  };
  expect(rate.perSecond()).toBeNull();
  expect(after(0, 0)).toBeNull();
  expect(after(1000, 40)).toBe(40);
  expect(after(1000, 40)).toBe(20);
  // Nothing for longer than a minute: what was written before does not count any more.
  expect(after(61_000, 40)).toBeNull();
  expect(after(1000, 41)).toBe(1);
  expect(after(1000, 0)).toBeNull();
  expect(after(1000, 10)).toBe(10);
});
