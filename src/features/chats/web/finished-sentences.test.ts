import { expect, test } from "vitest";
import { finishedSentences } from "./finished-sentences.ts";

test("only whole sentences are read aloud, without Markdown's marks", () => {
  const text = "Use **this** way. Or [that](https://x.org) one! And then";
  expect(finishedSentences(text, 0)).toEqual({ sentences: "Use this way. Or that one!", end: text.indexOf("!") + 1 });
});

test("a Bengali sentence ends with its own full stop", () => {
  expect(finishedSentences("চুক্তির মেয়াদ তিন বছর। ভাড়া", 0).sentences).toBe("চুক্তির মেয়াদ তিন বছর।");
});

test("the next reading begins where the last one ended", () => {
  const { end } = finishedSentences("One. Two", 0);
  expect(finishedSentences("One. Two. ", end).sentences).toBe("Two.");
});
