import { expect, test } from "vitest";
import { chooseContext } from "./choose-context.ts";

const contexts = [{ tokensPerSequence: 8192 }, { tokensPerSequence: 2048 }];

test.each([
  ["prompt and answer that fit the smallest", 1000, 1048, 1],
  ["one token more", 1000, 1049, 0],
  ["a short prompt whose answer has no limit", 1000, null, 1],
  ["a long prompt whose answer has no limit", 1600, null, 0],
  ["a limit that fits nowhere", 1000, 100_000, 0],
  ["a prompt that just leaves room for one token", 8191, null, 0],
])("%s goes to its context", (_, promptTokens, maxOutputTokens, expected) => {
  expect(chooseContext(contexts, promptTokens, maxOutputTokens)).toBe(expected);
});

test("a prompt that fits nowhere is refused with both numbers", () => {
  expect(() => chooseContext(contexts, 8192, 1)).toThrow(
    expect.objectContaining({ code: "context_length_exceeded", details: { promptTokens: 8192, contextTokens: 8192 } }),
  );
});
