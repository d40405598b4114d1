import { expect, test } from "vitest";
import { killMidAnswer } from "../support/kill-mid-answer.ts";

/** The seeded small part of tests/long/crash.test.ts. */
test("a server killed in the middle of answers keeps what was acknowledged and all but the last 250 ms of text", async () => {
  const report = await killMidAnswer({ rounds: 2, seed: 4, streams: 3 });
  console.log(JSON.stringify(report));
  expect(report.faults).toEqual([]);
  expect(report.cutAnswers).toBeGreaterThan(0);
  expect(report.continuedAnswers).toBeGreaterThan(0);
  expect(report.worstLossMs).toBeLessThanOrEqual(250);
}, 180_000);
