import { expect, test } from "vitest";
import type { EngineCallEvent } from "./engine-process-requests.ts";
import { measureAnswer, type MeasuredAnswer } from "./measure-answer.ts";

const model = { modelId: "a", bytesPerToken: 100 };

function measure(texts: readonly string[], alone: { tokens: number; ms: number }) {
  const measured: MeasuredAnswer[] = [];
  const seen: string[] = [];
  const listener = measureAnswer(
    model,
    (event) => seen.push(event.type),
    (answer) => measured.push(answer),
  );
  const usage = { promptTokens: 1, cachedTokens: 0, completionTokens: texts.length };
  const events: EngineCallEvent[] = [
    ...texts.map((text) => ({ type: "text", text, tokens: 2 }) as const),
    { type: "ended", finishReason: "stop", usage, alone },
  ];
  for (const event of events) listener(event);
  expect(seen).toEqual(events.map(({ type }) => type));
  return measured;
}

test("tells tokens a second of the steps that computed this answer alone, and how many words a token is", () => {
  expect(measure(["The rent ", "rises by ", "four percent."], { tokens: 10, ms: 500 })).toEqual([
    { ...model, tokensPerSecond: 20, wordsPerToken: 1 },
  ]);
});

test("counts the words of a language that puts no blanks between them, and none of punctuation", () => {
  expect(measure(["你好", "世界", "。。"], { tokens: 10, ms: 500 })[0]?.wordsPerToken).toBeCloseTo(2 / 6);
  expect(measure(["আপনি ", "কেমন ", "আছেন?"], { tokens: 10, ms: 500 })[0]?.wordsPerToken).toBeCloseTo(3 / 6);
});

test.each([
  ["hardly a step was its own", ["Hello there"], { tokens: 7, ms: 100 }],
  ["it has no words", ["???", "!!!"], { tokens: 10, ms: 100 }],
  ["it has no text", [], { tokens: 10, ms: 100 }],
  ["the clock did not move", ["Hello there"], { tokens: 10, ms: 0 }],
])("says nothing where %s", (_why, texts, alone) => {
  expect(measure(texts, alone)).toEqual([]);
});
