import { expect, test } from "vitest";
import { createTransferSpeed } from "./transfer-speed.ts";

test("the speed is that of the last ten seconds, not the mean of all", () => {
  let now = 0;
  const speed = createTransferSpeed(() => now);
  expect(speed.read()).toBeNull();
  for (; now < 20_000; now += 100) speed.add(1_000);
  expect(speed.read()).toBeGreaterThan(9_500);
  expect(speed.read()).toBeLessThan(10_500);
  now += 5_000;
  expect(speed.read()).toBeLessThan(6_000);
  now += 6_000;
  expect(speed.read()).toBe(0);
});
