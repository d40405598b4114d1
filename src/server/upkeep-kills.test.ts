// kill -9 at everything that a scheduled backup (with its trial restore and the deletion of old ones) and the purge of a
// removed person do to the disk. Here at a few; the long tests try each.
import { expect, test } from "vitest";
import { killUpkeep } from "../../tests/support/kill-upkeep.ts";

test("a scheduled backup that is killed leaves no half file, no copy lying about, and the next night has one", async () => {
  const { points, unfinished } = await killUpkeep("backup", 3);
  expect(points).toBeGreaterThan(40);
  expect(unfinished).toBeGreaterThan(0);
}, 240_000);

test("the purge of a removed person that is killed is ended by the next start, and touches nobody else", async () => {
  const { points, unfinished } = await killUpkeep("purge", 4);
  expect(points).toBeGreaterThan(8);
  expect(unfinished).toBeGreaterThan(0);
}, 240_000);
