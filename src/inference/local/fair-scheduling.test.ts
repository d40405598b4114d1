// The rule over whole workloads, in simulated time; tests/long runs many more of them.
import { expect, test } from "vitest";
import { checkScheduling } from "../../../tests/support/check-scheduling.ts";
import { officeWorkload } from "../../../tests/support/engine-workload.ts";
import { simulateEngine } from "../../../tests/support/simulate-engine.ts";

test("100 random workloads: no room left empty, gaps held, shares fair to one chunk, nobody starves, cancels harm nobody", () => {
  const faults: string[] = [];
  for (let seed = 1; seed <= 100; seed += 1) faults.push(...checkScheduling(seed).faults);
  expect(faults).toEqual([]);
});

test("the same workload is scheduled the same", () => {
  for (const seed of [3, 14, 159]) expect(checkScheduling(seed).trace).toEqual(checkScheduling(seed).trace);
});

test("a team at work is told its waits with a median error under 35 %", () => {
  const errors: number[] = [];
  for (const seed of [1, 2, 3]) {
    const { told } = simulateEngine(officeWorkload(seed), () => undefined);
    // Less than a second is no wait that anybody reads about.
    const waits = told.filter(({ actualMs }) => actualMs >= 1000);
    errors.push(...waits.map(({ estimatedMs, actualMs }) => Math.abs(estimatedMs - actualMs) / actualMs));
  }
  errors.sort((one, other) => one - other);
  expect(errors.length).toBeGreaterThan(300);
  expect(errors[Math.floor(errors.length / 2)]).toBeLessThan(0.35);
});
