import { expect, test } from "vitest";
import { Id } from "../contract/id.ts";
import { makeId } from "./make-id.ts";

test("an id made in the browser is one that the contract accepts, and they sort by time", () => {
  const ids = [1, 1_700_000_000_000, 2 ** 47].map((time) => makeId(time));
  for (const id of ids) expect(Id.safeParse(id).success).toBe(true);
  expect(ids.toSorted()).toEqual(ids);
});

test("two ids of the same moment differ", () => {
  expect(makeId(1)).not.toBe(makeId(1));
});
