import { expect, test } from "vitest";
import { tileTokens } from "./plan-batch.ts";
import { createPromptPace } from "./prompt-pace.ts";

const promptStep = (promptTokens: number, msPerToken: number) => ({
  ms: promptTokens * msPerToken,
  promptTokens,
  generatedTokens: 0,
});

test("before anything is measured the plan's numbers hold", () => {
  const pace = createPromptPace(64, 512);
  expect([pace.besideAnswers, pace.alone]).toEqual([64, 512]);
});

test("on two cores a small model's prompt comes in chunks that keep the gap", () => {
  const pace = createPromptPace(64, 512);
  pace.onStep(promptStep(512, 2.8));
  pace.onStep({ ms: 30, promptTokens: 0, generatedTokens: 8 });
  expect(pace.besideAnswers).toBe(tileTokens);
  expect(pace.alone).toBe(352);
});

test("where less would be slower, a chunk is one tile, in up to twice the gap", () => {
  const pace = createPromptPace(64, 512);
  pace.onStep(promptStep(64, 5.5));
  expect(pace.besideAnswers).toBe(tileTokens);
  pace.onStep(promptStep(64, 20));
  expect(pace.besideAnswers).toBe(32);
});

test("a fast machine takes larger chunks, but no more than the batch", () => {
  const pace = createPromptPace(64, 512);
  pace.onStep(promptStep(512, 0.2));
  expect([pace.besideAnswers, pace.alone]).toEqual([512, 512]);
});

test("a large model's steps stay short enough to be cancelled, with a floor that keeps them efficient", () => {
  const pace = createPromptPace(64, 512);
  pace.onStep(promptStep(512, 50));
  expect([pace.besideAnswers, pace.alone]).toEqual([32, 32]);
});

test("a few tokens teach nothing", () => {
  const pace = createPromptPace(64, 512);
  pace.onStep(promptStep(3, 100));
  expect(pace.besideAnswers).toBe(64);
});

test("a slower machine is noticed within some steps", () => {
  const pace = createPromptPace(64, 512);
  for (let step = 0; step < 20; step += 1) pace.onStep(promptStep(256, 1));
  expect(pace.alone).toBe(512);
  for (let step = 0; step < 20; step += 1) pace.onStep(promptStep(256, 5));
  expect(pace.alone).toBe(192);
});
