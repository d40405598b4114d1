// The seeded small part of tests/long/crash.test.ts.
import { expect, test } from "vitest";
import { createAcknowledgements } from "../support/acknowledgements.ts";
import { killMidAnswer } from "../support/kill-mid-answer.ts";
import { killMidWork } from "../support/kill-mid-work.ts";

test("a server killed in the middle of answers keeps what was acknowledged and hardly loses any text", async () => {
  const report = await killMidAnswer({ rounds: 2, seed: 4, streams: 3 });
  console.log(JSON.stringify(report));
  expect(report.faults).toEqual([]);
  expect(report.cutAnswers).toBeGreaterThan(0);
  expect(report.continuedAnswers).toBeGreaterThan(0);
  // The bar is 250 ms, printed above; asserted is only that answers are flushed at all, however busy the machine.
  expect(report.worstLossMs).toBeLessThan(2_500);
}, 180_000);

test("a dozen kills at work, while starting and beside a backup lose nothing that was acknowledged", async () => {
  const report = await killMidWork({ kills: 12, seed: 2 });
  console.log(JSON.stringify(report));
  expect(report.faults).toEqual([]);
  expect(report.kills.atWork + report.kills.whileStarting + report.kills.besideBackup).toBe(12);
  expect(report.acknowledged).toBeGreaterThan(20);
}, 240_000);

test("what is gone, half or another after an acknowledgement is found", async () => {
  const acknowledgements = createAcknowledgements();
  const change = (thing: string, value: unknown, end: "acknowledged" | "refused") =>
    acknowledgements.change(thing, value, () => Promise.resolve(end));
  await change("a", 1, "acknowledged");
  await change("a", 2, "refused");
  const cutOff = new TypeError("fetch failed");
  await change("b", 1, "acknowledged");
  await acknowledgements.change("b", 2, () => Promise.reject(cutOff)).catch(() => undefined);
  expect(acknowledgements.compare("a", 1)).toBeNull();
  expect(acknowledgements.compare("a", 2)).toMatch(/^a is 2, acknowledged was 1$/);
  expect(acknowledgements.compare("b", 2)).toBeNull();
  expect(acknowledgements.compare("b", 1)).toMatch(/acknowledged was 2/);
  expect(acknowledgements.compare("c", "there")).toMatch(/acknowledged was null/);
});
