// kill -9 at each thing that a scheduled backup and the purge of a removed person do to the disk, and of the real server
// at random moments of both.
import { expect, test } from "vitest";
import { killAtNight } from "../support/kill-at-night.ts";
import { killUpkeep } from "../support/kill-upkeep.ts";

test.each(["backup", "purge"] as const)("a %s can be killed at every point", async (act) => {
  const { points, killed, unfinished } = await killUpkeep(act, Number(process.env["POINTS"] ?? 10_000));
  console.log(`figure: a ${act} killed at ${killed} of ${points} points, ${unfinished} left something to clear or end`);
  expect(unfinished).toBeGreaterThan(0);
  // A purge ends with the commit that takes the person away, so that every kill comes before its end.
  if (act === "purge") expect(unfinished).toBe(killed);
  else expect(unfinished).toBeLessThan(killed);
});

test("the real server can be killed at any moment of a backup, a trial restore, a deletion and a purge", async () => {
  const rounds = Number(process.env["ROUNDS"] ?? 28);
  const { kills, faults } = await killAtNight({ rounds, seed: Number(process.env["SEED"] ?? 1) });
  console.log(`figure: killed at ${JSON.stringify(kills)}, ${faults.length} faults`);
  expect(faults).toEqual([]);
});
