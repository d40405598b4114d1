import { describe, expect, test } from "vitest";
import { addSample, speedOf, type SpeedRecord } from "./model-speed.ts";

const fitting = { neededBytes: 1, freeBytes: 2, fits: true };

function aModel(id: string, bytesPerToken: number | null, memory: typeof fitting | null = fitting) {
  return { id, bytesPerToken, memory };
}

function measured(modelId: string, bytesPerToken: number | null, ...tokensPerSecond: number[]): SpeedRecord {
  const samples = tokensPerSecond.map((value) => ({ tokensPerSecond: value, wordsPerToken: 0.5 }));
  return { modelId, bytesPerToken, samples };
}

describe("a model that has answered here", () => {
  test("is as fast as the middle one of its last answers, and said to be measured", () => {
    const records = [measured("a", 100, 1, 20, 21, 22, 900)];
    expect(speedOf(aModel("a", 100), records)).toEqual({
      tokensPerSecond: 21,
      wordsPerSecond: 10.5,
      basis: "measured",
      isSlow: false,
    });
    expect(speedOf(aModel("a", 100), [measured("a", 100, 10, 20)])?.tokensPerSecond).toBe(15);
  });

  test("is slow where its words come slower than people read", () => {
    expect(speedOf(aModel("a", 100), [measured("a", 100, 7.9)])?.isSlow).toBe(true);
    expect(speedOf(aModel("a", 100), [measured("a", 100, 8)])?.isSlow).toBe(false);
  });

  test("counts also where nobody knows how many bytes it reads", () => {
    expect(speedOf(aModel("a", null), [measured("a", null, 12)])?.tokensPerSecond).toBe(12);
  });

  test("is only evidence for others once another file has come in its place", () => {
    const speed = speedOf(aModel("a", 200), [measured("a", 100, 40)]);
    expect(speed).toMatchObject({ tokensPerSecond: 20, basis: "at-least" });
  });
});

describe("a model that has not answered yet", () => {
  test("is reckoned by the bytes that a token reads, from the measured one that is nearest in size", () => {
    const records = [measured("small", 100, 80), measured("large", 1000, 10)];
    expect(speedOf(aModel("b", 1600), records)).toEqual({
      tokensPerSecond: 6.25,
      wordsPerSecond: 3.125,
      basis: "estimated",
      isSlow: true,
    });
    expect(speedOf(aModel("c", 120), records)?.tokensPerSecond).toBeCloseTo(66.67, 1);
  });

  test("is at least so fast where the measured one is much smaller, and slow only where twice that is slow", () => {
    const records = [measured("small", 100, 100)];
    expect(speedOf(aModel("b", 2000), records)).toEqual({
      tokensPerSecond: 5,
      wordsPerSecond: 2.5,
      basis: "at-least",
      isSlow: false,
    });
    expect(speedOf(aModel("c", 2600), records)).toMatchObject({ basis: "at-least", isSlow: true });
  });

  test.each([
    ["nothing was measured", aModel("b", 100), []],
    ["what was measured reads nobody knows how much", aModel("b", 100), [measured("a", null, 80)]],
    ["it does not say how much of it is read", aModel("b", null), [measured("a", 100, 80)]],
    ["it does not fit", aModel("b", 100, { ...fitting, fits: false }), [measured("b", 100, 80)]],
    ["it is elsewhere", aModel("b", null, null), [measured("a", 100, 80)]],
  ])("has no speed where %s", (_why, model, records) => {
    expect(speedOf(model, records)).toBeNull();
  });
});

describe("what is kept", () => {
  const sample = (tokensPerSecond: number) => ({ tokensPerSecond, wordsPerToken: 0.5 });

  test("the last 15 answers of a model", () => {
    let records: SpeedRecord[] = [];
    for (let number = 1; number <= 20; number += 1) {
      records = addSample(records, { id: "a", bytesPerToken: 1 }, sample(number));
    }
    expect(records).toHaveLength(1);
    expect(records[0]?.samples.map(({ tokensPerSecond }) => tokensPerSecond)).toEqual([
      6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20,
    ]);
  });

  test("the 20 models that answered last, each with the file that it is now", () => {
    let records: SpeedRecord[] = [];
    for (let number = 1; number <= 25; number += 1) {
      records = addSample(records, { id: `m${number}`, bytesPerToken: 1 }, sample(number));
    }
    expect([records.length, records[0]?.modelId, records.at(-1)?.modelId]).toEqual([20, "m6", "m25"]);
    records = addSample(records, { id: "m10", bytesPerToken: 2 }, sample(1));
    expect(records.at(-1)).toEqual({ modelId: "m10", bytesPerToken: 2, samples: [sample(1)] });
    expect(records.filter(({ modelId }) => modelId === "m10")).toHaveLength(1);
  });
});
