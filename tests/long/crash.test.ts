import { expect, test } from "vitest";
import { killMidAnswer } from "../support/kill-mid-answer.ts";
import { killMidWork } from "../support/kill-mid-work.ts";

const seed = Number(process.env["SEED"] ?? 1);

test("200 kills at random points lose nothing that was acknowledged, and the server is back at once", async () => {
  const { kills, acknowledged, startMs, faults } = await killMidWork({ kills: 200, seed });
  const [fastest, middle, slowest] = spread(startMs);
  console.log(
    `figure: ${kills.atWork} kills at work, ${kills.whileStarting} while starting, ${kills.besideBackup} beside a backup`,
  );
  console.log(`figure: ${acknowledged} acknowledged changes, ${faults.length} lost or half`);
  console.log(`figure: serving again after ${fastest} ms, ${middle} ms, ${slowest} ms (min, median, max; bar 2,000)`);
  expect(faults).toEqual([]);
  expect(acknowledged).toBeGreaterThan(1_000);
  // The bar is 2 s, printed above; asserted is what also holds on a busy machine.
  expect(slowest).toBeLessThan(60_000);
});

test("300 kills in the middle of answers lose nothing that was acknowledged and hardly any text", async () => {
  const report = await killMidAnswer({ rounds: 300, seed, streams: 4 });
  const { cutAnswers, acknowledgedMessages, continuedAnswers, worstLossMs } = report;
  console.log(
    `figure: ${cutAnswers} answers cut, ${continuedAnswers} continued, ${acknowledgedMessages} messages kept`,
  );
  console.log(`figure: oldest text lost ${worstLossMs.toFixed(0)} ms before a kill`);
  expect(report.faults).toEqual([]);
  expect(report.cutAnswers).toBeGreaterThan(600);
  expect(report.continuedAnswers).toBeGreaterThan(150);
  // The bar is 250 ms, printed above; asserted is only that answers are flushed at all, however busy the machine.
  expect(report.worstLossMs).toBeLessThan(2_500);
});

function spread(values: readonly number[]): readonly [number, number, number] {
  const sorted = values.map(Math.round).toSorted((a, b) => a - b);
  return [sorted[0]!, sorted[Math.floor(sorted.length / 2)]!, sorted.at(-1)!];
}
