// kill -9 at everything that an upgrade and a rollback do to the disk: what is there then is the old or the new, and the
// next try ends well. Here at one in several; the long tests try each.
import { expect, test } from "vitest";
import { killEverywhere } from "../../../tests/support/kill-everywhere.ts";

test.each(["upgrade", "rollback"] as const)(
  "an %s that is killed leaves the old database or the new one, and the next try ends well",
  async (what) => {
    const { points, left } = await killEverywhere(what, 14);
    expect(points).toBeGreaterThan(20);
    expect(what === "upgrade" ? left.old : left.new).toBeGreaterThan(0);
    expect(left.old + left.new).toBeGreaterThanOrEqual(14);
  },
  240_000,
);

test("an upgrade that is killed within the newest migration leaves the old database", async () => {
  const { points, left } = await killEverywhere("newest", 2);
  expect(points).toBeGreaterThan(0);
  expect(left).toEqual({ old: Math.min(points, 2), new: 0 });
}, 240_000);
