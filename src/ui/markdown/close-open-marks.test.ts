import { expect, test } from "vitest";
import { closeOpenMarks } from "./close-open-marks.ts";

test.each([
  ["some **bold", "some **bold**"],
  ["some **bold*", "some **bold**"],
  ["some *slanted", "some *slanted*"],
  ["some `code", "some `code`"],
  ["a list * of stars", "a list * of stars"],
  ["a [link](https://exam", "a link"],
  ["a [link", "a link"],
  ["the time is \\(O(n", "the time is "],
  ["the time is \\(O(n)\\) and", "the time is \\(O(n)\\) and"],
  ["write `\\(` before it", "write `\\(` before it"],
  ["all **done** here", "all **done** here"],
  ["`a` and **b** and *c*", "`a` and **b** and *c*"],
])("%j is drawn as %j", (raw, drawn) => {
  expect(closeOpenMarks(raw)).toBe(drawn);
});
