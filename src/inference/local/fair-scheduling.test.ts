// The rule over whole workloads, in simulated time; tests/long runs many more of them.
import { expect, test } from "vitest";
import { checkScheduling } from "../../../tests/support/check-scheduling.ts";

test("120 random workloads: no room left empty, gaps held, shares fair to one chunk, nobody starves, cancels harm nobody", () => {
  const faults: string[] = [];
  for (let seed = 1; seed <= 120; seed += 1) faults.push(...checkScheduling(seed).faults);
  expect(faults).toEqual([]);
});

test("the same workload is scheduled the same", () => {
  for (const seed of [3, 14, 159]) expect(checkScheduling(seed).trace).toEqual(checkScheduling(seed).trace);
});
