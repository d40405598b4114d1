import { expect, test } from "vitest";
import { nearestName } from "./nearest-name.ts";

test.each([
  ["prot", ["host", "port", "data"], "port"],
  ["hsot", ["json", "host"], "host"],
  ["Mdels", ["models", "data"], "models"],
  ["keys crate", ["keys create", "keys list"], "keys create"],
  ["zzzz", ["host", "port"], undefined],
  ["x", [], undefined],
])("%j is meant as the nearest of %j: %j", (typed, names, nearest) => {
  expect(nearestName(typed, names)).toBe(nearest);
});
