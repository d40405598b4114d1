import { expect, test } from "vitest";
import { readSamplerSettings } from "./sampler-chain.ts";

test("settings that are left out are llama.cpp's own", () => {
  expect(readSamplerSettings({ temperature: 0, topK: undefined })).toEqual({
    temperature: 0,
    topK: 40,
    topP: 0.95,
    minP: 0.05,
    repeatPenalty: 1,
    presencePenalty: 0,
    frequencyPenalty: 0,
    seed: null,
  });
});

test.each([
  [{ temperature: -0.1 }, "temperature"],
  [{ temperature: Number.NaN }, "temperature"],
  [{ topP: 1.01 }, "topP"],
  [{ topK: -1 }, "topK"],
  [{ minP: 2 }, "minP"],
  [{ repeatPenalty: 0 }, "repeatPenalty"],
  [{ presencePenalty: Number.POSITIVE_INFINITY }, "presencePenalty"],
  [{ frequencyPenalty: -3 }, "frequencyPenalty"],
  [{ seed: Number.NaN }, "seed"],
])("%o is refused before it reaches C", (sampling, name) => {
  expect(() => readSamplerSettings(sampling)).toThrow(
    expect.objectContaining({ code: "invalid_request", message: expect.stringContaining(name) }),
  );
});
