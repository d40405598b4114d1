import { expect, test } from "vitest";
import { createStateIndex } from "./state-index.ts";

const tokens = (...list: number[]) => Int32Array.from(list);
const aState = (name: string, scope: string, held: Int32Array, dataBytes = 10) => ({
  name,
  scope,
  layout: 8,
  tokens: held,
  dataBytes,
});

test("the longest equal start of the prompt is found, in the asked scopes alone and no further than they say", () => {
  const index = createStateIndex();
  index.add(aState("short", "ana", tokens(1, 2)));
  index.add(aState("long", "ana", tokens(1, 2, 3, 9)));
  index.add(aState("foreign", "ben", tokens(1, 2, 3, 4)));
  const prompt = tokens(1, 2, 3, 4, 5);
  expect(index.find(prompt, [{ scope: "ana", layout: 8, mostTokens: 4 }])).toMatchObject({
    name: "long",
    equalTokens: 3,
  });
  expect(index.find(prompt, [{ scope: "ben", layout: 8, mostTokens: 2 }])).toMatchObject({
    name: "foreign",
    equalTokens: 2,
  });
  expect(index.find(prompt, [{ scope: "eva", layout: 8, mostTokens: 4 }])).toBeNull();
  expect(index.find(prompt, [{ scope: "ana", layout: 1, mostTokens: 4 }])).toBeNull();
  expect(index.find(tokens(7), [{ scope: "ana", layout: 8, mostTokens: 4 }])).toBeNull();
});

test("of equal ones the smallest is taken", () => {
  const index = createStateIndex();
  index.add(aState("large", "ana", tokens(1, 2, 3), 900));
  index.add(aState("small", "ana", tokens(1, 2), 100));
  expect(index.find(tokens(1, 2, 8), [{ scope: "ana", layout: 8, mostTokens: 2 }])).toMatchObject({ name: "small" });
});

test("what is held by a longer one is told, and what is gone is no longer found", () => {
  const index = createStateIndex();
  index.add(aState("start", "ana", tokens(1, 2)));
  index.add(aState("branch", "ana", tokens(1, 2, 3, 4, 9)));
  index.add(aState("another", "ana", tokens(1, 2, 7)));
  index.add(aState("other", "ana", tokens(5)));
  index.add(aState("foreign", "ben", tokens(1)));
  expect(index.heldBy({ scope: "ana", layout: 8 }, tokens(1, 2, 3, 4))).toEqual(["start", "branch"]);
  expect(index.holds({ scope: "ana", layout: 8 }, tokens(1))).toBe(true);
  expect(index.holds({ scope: "ana", layout: 8 }, tokens(1, 2, 3, 5))).toBe(false);
  index.removeWhere((name) => name !== "other" && name !== "foreign");
  index.remove("other");
  expect(index.find(tokens(1, 2), [{ scope: "ana", layout: 8, mostTokens: 2 }])).toBeNull();
  expect(index.holds({ scope: "ben", layout: 8 }, tokens(1))).toBe(true);
});
