import { expect, test } from "vitest";
import { createRecentlyRemoved } from "./recently-removed.ts";

test("what was removed is there for ten minutes, each by its id, however often it is asked for", () => {
  let now = 0;
  const removed = createRecentlyRemoved<string>(() => now);
  removed.keep("a", "first");
  now = 60_000;
  removed.keep("b", "second");
  expect([removed.find("a"), removed.find("a"), removed.find("b"), removed.find("c")]).toEqual([
    "first",
    "first",
    "second",
    undefined,
  ]);
  now = 10 * 60_000;
  expect([removed.find("a"), removed.find("b")]).toEqual([undefined, "second"]);
});
