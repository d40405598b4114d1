import { expect, test } from "vitest";
import { killMidAnswer } from "../support/kill-mid-answer.ts";

test("100 kills in the middle of answers lose nothing that was acknowledged and at most 250 ms of text", async () => {
  const report = await killMidAnswer({ rounds: 100, seed: Number(process.env["SEED"] ?? 1), streams: 4 });
  console.log(JSON.stringify(report));
  expect(report.faults).toEqual([]);
  expect(report.cutAnswers).toBeGreaterThan(200);
  expect(report.continuedAnswers).toBeGreaterThan(50);
  expect(report.worstLossMs).toBeLessThanOrEqual(250);
});
