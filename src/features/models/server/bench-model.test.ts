import { expect, test } from "vitest";
import { createFakeModel } from "../../../../tests/support/fake-model.ts";
import type { ModelEvent } from "../../../inference/model-call.ts";
import { benchModel, type BenchRound } from "./bench-model.ts";

/** A model on a clock of its own: so many milliseconds for the prompt, and for each token. */
function aModel(promptMs: number, tokenMs: number, tokens: number) {
  let time = 0;
  const model = createFakeModel();
  model.answer = async function* (): AsyncGenerator<ModelEvent> {
    yield { type: "model-loading", percent: 0 };
    time += 60_000;
    yield { type: "call-start", promptTokens: 500, cachedTokens: 100 };
    time += promptMs;
    for (let count = 0; count < tokens; count += 1) {
      yield { type: count < 3 ? "reasoning-delta" : "text-delta", text: "word ", tokens: 1 };
      time += tokenMs;
    }
    yield { type: "call-end", finishReason: "stop", usage: null };
  };
  return { model, now: () => time };
}

test("the prompt and the answer are measured apart, without the loading, and what was not computed does not count", async () => {
  const { model, now } = aModel(800, 50, 41);
  const seen: BenchRound[] = [];
  const result = await benchModel({ caller: model, now }, "fake", new AbortController().signal, (each) =>
    seen.push(each),
  );
  expect(result).toEqual({
    promptTokens: 400,
    promptTokensPerSecond: 500,
    answerTokens: 41,
    answerTokensPerSecond: 20,
  });
  expect(seen).toHaveLength(3);
});

test("no round can reuse what another has computed, and each asks the same", async () => {
  const { model, now } = aModel(800, 50, 20);
  await benchModel({ caller: model, now }, "fake", new AbortController().signal, () => {});
  expect(new Set(model.requests.map(({ cacheScope }) => cacheScope)).size).toBe(3);
  expect(new Set(model.requests.map(({ messages }) => messages[0]?.content)).size).toBe(1);
});

test("an answer of a few tokens is not measured", async () => {
  const { model, now } = aModel(800, 50, 5);
  const result = await benchModel({ caller: model, now }, "fake", new AbortController().signal, () => {});
  expect(result).toMatchObject({ promptTokensPerSecond: 500, answerTokens: 5, answerTokensPerSecond: null });
});
