// kill -9 at each thing that an upgrade and a rollback do to the disk.
import { expect, test } from "vitest";
import { killEverywhere } from "../support/kill-everywhere.ts";

test.each(["upgrade", "newest", "rollback"] as const)("%s: it can be killed at every point", async (what) => {
  const { points, left } = await killEverywhere(what, Number.POSITIVE_INFINITY);
  console.log(`figure: ${what}: ${points} points, ${left.old} left the old database and ${left.new} the new one`);
  expect(points).toBeGreaterThan(0);
  expect(left.old + left.new).toBe(points);
});
