import { expect, test } from "vitest";
import { createThinkingLimit } from "./thinking-limit.ts";

const closing = ["\n", "</think>", "\n\n"];
const close = closing.map((_, index) => index);

/** What is written: the model's own words, and what comes before them instead. */
function write(tokens: number, isOpen: boolean, words: readonly string[]): string {
  const end = { thinking: { open: "<think>", close: "</think>", isOpen }, marks: [], isNeeded: true };
  const limit = createThinkingLimit({ tokens, end, close: closing.join("") }, close);
  let text = "";
  const waiting = [...words];
  while (waiting.length > 0) {
    const forced = limit.next();
    const piece = forced === null ? (waiting.shift() as string) : (closing[forced] as string);
    limit.pass(piece);
    text += piece;
  }
  return text;
}

test("past the limit the thinking is ended, and the model speaks", () => {
  expect(write(2, true, ["a ", "b ", "Yes", "."])).toBe("a b \n</think>\n\nYes.");
  expect(write(0, true, ["Yes"])).toBe("\n</think>\n\nYes");
});

test("the mark that opens it is counted, an answer without thinking is left alone", () => {
  expect(write(2, false, ["<think>", "a ", "Yes"])).toBe("<think>a \n</think>\n\nYes");
  expect(write(2, false, ["Yes", " it", " is"])).toBe("Yes it is");
});

test("what ends by itself is not ended again", () => {
  expect(write(3, true, ["a ", "</think>", "Yes", " it", " is", "."])).toBe("a </think>Yes it is.");
});
