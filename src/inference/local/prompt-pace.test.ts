import { expect, test } from "vitest";
import { chunkMs, createPromptPace, tileTokens } from "./prompt-pace.ts";

const promptStep = (promptTokens: number, msPerToken: number, promptLength = 0) => ({
  ms: promptTokens * msPerToken,
  promptTokens,
  promptLength,
  generatedTokens: 0,
});
const answerStep = (ms: number) => ({ ms, promptTokens: 0, promptLength: 0, generatedTokens: 8 });

test("before anything is measured the first chunk fits, and a whole batch where nobody is answered", () => {
  const pace = createPromptPace(250, 64, 512);
  expect(chunkMs(64, 0, pace.besideAnswers())).toBe(pace.besideAnswers().roomMs);
  expect(chunkMs(512, 0, pace.alone())).toBe(pace.alone().roomMs);
  expect(pace.speed()).toBeNull();
});

test("prompts get of the target gap what answers leave", () => {
  const pace = createPromptPace(250, 64, 512);
  pace.onStep(promptStep(512, 2.8));
  pace.onStep(answerStep(30));
  expect(pace.besideAnswers().roomMs).toBe(220);
  expect(chunkMs(tileTokens, 0, pace.besideAnswers())).toBeCloseTo(tileTokens * 2.8);
  expect(pace.alone().roomMs).toBe(1000);
});

test("answers that take the whole gap leave none", () => {
  const pace = createPromptPace(100, 64, 512);
  pace.onStep(promptStep(512, 2.8));
  pace.onStep(answerStep(300));
  expect(pace.besideAnswers().roomMs).toBe(0);
});

test("the time of the answers is not counted as the prompt's", () => {
  const pace = createPromptPace(250, 64, 512);
  pace.onStep(answerStep(100));
  pace.onStep({ ms: 230, promptTokens: 65, promptLength: 0, generatedTokens: 8 });
  expect(pace.besideAnswers().tokenMs).toBeCloseTo(2);
});

test("what length costs is learnt as a prompt comes on", () => {
  const pace = createPromptPace(250, 64, 512);
  for (let length = 32; length < 2000; length += 64) pace.onStep(promptStep(65, 3 + length * 0.001, length));
  const room = pace.besideAnswers();
  expect(chunkMs(65, 1935, room) / 65).toBeCloseTo(4.97, 0);
  expect(chunkMs(65, 0, room)).toBeLessThan(chunkMs(65, 1900, room) * 0.9);
});

test("part of a tile far into a context is taken to cost half as much again", () => {
  const pace = createPromptPace(250, 64, 512);
  pace.onStep(promptStep(65, 2, 1600));
  const room = pace.besideAnswers();
  expect(chunkMs(48, 1600, room) / 48 / (chunkMs(65, 1600, room) / 65)).toBeCloseTo(1.5, 1);
  expect(chunkMs(48, 0, room) / 48).toBeCloseTo(chunkMs(65, 0, room) / 65);
});

test("a few tokens teach nothing", () => {
  const pace = createPromptPace(250, 64, 512);
  const before = pace.besideAnswers();
  pace.onStep(promptStep(3, 100));
  expect(pace.besideAnswers()).toEqual(before);
});

test("a slower machine is noticed within some steps", () => {
  const pace = createPromptPace(250, 64, 512);
  for (let step = 0; step < 20; step += 1) pace.onStep(promptStep(256, 1));
  for (let step = 0; step < 20; step += 1) pace.onStep(promptStep(256, 5));
  expect(pace.besideAnswers().tokenMs).toBeCloseTo(5, 1);
});

test("what it measured is told for the estimates", () => {
  const pace = createPromptPace(250, 64, 512);
  pace.onStep(promptStep(512, 2));
  pace.onStep(answerStep(30));
  expect(pace.speed()).toEqual({ generateMs: 30, promptTokenMs: 2, mixedStepMs: 250 });
});
