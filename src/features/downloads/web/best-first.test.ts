import { expect, test } from "vitest";
import type { CatalogueModel } from "../contract.ts";
import { bestFirst } from "./best-first.ts";

const model = (id: string, sizeBytes: number, fits: boolean, isSlow: boolean | null): CatalogueModel =>
  ({
    id,
    sizeBytes,
    memory: { neededBytes: sizeBytes, freeBytes: 10, fits },
    speed: isSlow === null ? null : { tokensPerSecond: 1, wordsPerSecond: 1, basis: "estimated", isSlow },
  }) as CatalogueModel;

test("the largest that runs well comes first, then unknown, slow and too large ones, the smallest first", () => {
  const models = [
    model("huge", 40, false, null),
    model("small", 1, true, false),
    model("large", 20, false, null),
    model("slow", 9, true, true),
    model("middle", 4, true, false),
    model("unknown", 12, true, null),
    model("small-unknown", 2, true, null),
    model("slower", 10, true, true),
  ];
  expect(bestFirst(models).map(({ id }) => id)).toEqual([
    "middle",
    "small",
    "small-unknown",
    "unknown",
    "slow",
    "slower",
    "large",
    "huge",
  ]);
});
