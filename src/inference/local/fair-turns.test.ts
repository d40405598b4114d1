import { expect, test } from "vitest";
import { afterTurn, nextInTurn, type Owed, withoutSettled } from "./fair-turns.ts";

const aContender = (key: string, changes: { weight?: number; tokens?: number } = {}) => ({
  key,
  weight: 1,
  tokens: 10,
  ...changes,
});

test("nobody is next where nobody waits", () => {
  expect(nextInTurn([], new Map())).toBeNull();
});

test("of equals the first in the list is next", () => {
  expect(nextInTurn([aContender("a"), aContender("b")], new Map())?.key).toBe("a");
});

test("who is ahead of the share waits, unless everybody is", () => {
  const both = [aContender("a"), aContender("b")];
  expect(nextInTurn(both, new Map([["a", -1]]))?.key).toBe("b");
  const owed = new Map([
    ["a", -1],
    ["b", -2],
  ]);
  expect(nextInTurn(both, owed)?.key).toBe("a");
});

test("whoever's next tokens fall due first is next: few, long owed, or of great weight", () => {
  expect(nextInTurn([aContender("a"), aContender("b", { tokens: 5 })], new Map())?.key).toBe("b");
  expect(nextInTurn([aContender("a"), aContender("b")], new Map([["b", 1]]))?.key).toBe("b");
  expect(nextInTurn([aContender("a"), aContender("b", { weight: 2 })], new Map())?.key).toBe("b");
});

test("a weight of nothing still gets a turn now and then", () => {
  const contenders = [aContender("a"), aContender("nothing", { weight: 0 })];
  const got = new Set<string>();
  let owed: Owed<string> = new Map();
  for (let turn = 0; turn < 300; turn += 1) {
    const { key } = nextInTurn(contenders, owed) as { key: string };
    got.add(key);
    owed = afterTurn(owed, contenders, key, 10);
  }
  expect([...got]).toEqual(["a", "nothing"]);
});

test("whatever one gets is owed to all by weight, and the sum stays nothing", () => {
  const contenders = [aContender("a"), aContender("b", { weight: 3 })];
  expect([...afterTurn(new Map(), contenders, "a", 100)]).toEqual([
    ["a", -75],
    ["b", 75],
  ]);
});

test("who left ahead of the others is remembered until they have caught up", () => {
  const left = new Map([["gone", -15]]);
  const once = afterTurn(left, [aContender("a")], "a", 10);
  expect(once.get("gone")).toBe(-5);
  const twice = afterTurn(once, [aContender("a")], "a", 10);
  expect(withoutSettled(twice, (key) => key === "a").has("gone")).toBe(false);
});

test("who left behind is forgotten", () => {
  const owed = new Map([
    ["gone", 15],
    ["here", 0],
  ]);
  expect([...withoutSettled(owed, (key) => key === "here").keys()]).toEqual(["here"]);
});

test.each([1, 4, 10])(
  "beside ten others nobody is ever more than a turn from the share, at a weight of %d",
  (weight) => {
    const lights = Array.from({ length: 10 }, (_, index) => aContender(`light-${index}`));
    const contenders = [aContender("heavy", { weight }), ...lights];
    let owed: Owed<string> = new Map();
    for (let turn = 0; turn < 500; turn += 1) {
      owed = afterTurn(owed, contenders, (nextInTurn(contenders, owed) as { key: string }).key, 10);
      expect(Math.max(...[...owed.values()].map(Math.abs))).toBeLessThan(10.001);
    }
  },
);
