import { expect, test } from "vitest";
import { checkScheduling } from "../support/check-scheduling.ts";

test("10,000 random workloads are scheduled without a fault", () => {
  const firstSeed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  const faults: string[] = [];
  for (let seed = firstSeed; seed < firstSeed + 10_000; seed += 1) faults.push(...checkScheduling(seed).faults);
  expect(faults.slice(0, 20)).toEqual([]);
});
