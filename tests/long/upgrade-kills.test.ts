// kill -9 at each thing that an upgrade and a rollback do to the disk.
import { expect, test } from "vitest";
import { killEverywhere } from "../support/kill-everywhere.ts";

test.each(["upgrade", "rollback"] as const)("an %s can be killed at every point", async (what) => {
  const { points, left } = await killEverywhere(what, Number.POSITIVE_INFINITY);
  expect(left.old + left.new).toBe(points);
});
