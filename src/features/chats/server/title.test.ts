import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { titleFrom } from "./title.ts";

const graphemes = (text: string): string[] =>
  [...new Intl.Segmenter("und", { granularity: "grapheme" }).segment(text)].map(({ segment }) => segment);

describe("titles", () => {
  test.each([
    ["How do I bake bread? I have no oven.", "How do I bake bread?"],
    ["Explain recursion.\nShortly.", "Explain recursion"],
    ["\n\n  \tA first line  with   gaps\nsecond", "A first line with gaps"],
    ["Version 3.5 of it is out. Why?", "Version 3.5 of it is out"],
    ["আমি কীভাবে রুটি বানাব। আমার চুলা নেই।", "আমি কীভাবে রুটি বানাব"],
    ["मैं रोटी कैसे बनाऊँ? मेरे पास आटा है।", "मैं रोटी कैसे बनाऊँ?"],
    ["今日は何を食べますか。教えて。", "今日は何を食べますか"],
    ["## Plan for *Monday*", "Plan for Monday"],
    ['- [ ] **Buy** `milk` and [eggs](https://example.org/a_(b) "t")', "Buy milk and eggs"],
    ["> 1. quoted __point__", "quoted point"],
    ["```ts\nconst a = 1;\n```", "const a = 1;".replace(/;$/, "")],
    ["What does snake_case_name mean", "What does snake_case_name mean"],
    ["2 * 3 * 4 = ?", "2 * 3 * 4 = ?"],
    ["Wait...", "Wait..."],
    ["---\n???", "--- ???"],
    ["👍", "👍"],
    ["a\u202Ab\u202Ec\u2066d\u2069e", "abcde"],
  ])("%j is called %j", (text, title) => {
    expect(titleFrom(text)).toBe(title);
  });

  test("a long sentence is cut at a word and says so", () => {
    const title = titleFrom("Please compare the monthly running costs of all of our servers in the two data centres");
    expect(title).toBe("Please compare the monthly running costs of all of our…");
  });

  test("a word without end is cut between grapheme clusters", () => {
    expect(titleFrom("a".repeat(500))).toBe(`${"a".repeat(59)}…`);
    const family = "👨‍👩‍👧‍👦";
    expect(titleFrom(family.repeat(100))).toBe(`${family.repeat(59)}…`);
    const syllable = "ক্ষ্মী";
    const cut = graphemes(titleFrom(syllable.repeat(100)));
    expect(cut.length).toBeLessThanOrEqual(60);
    expect(graphemes(syllable.repeat(100)).slice(0, cut.length - 1)).toEqual(cut.slice(0, -1));
  });

  test("any text gives one whole, short line", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => {
        const title = titleFrom(text);
        expect(graphemes(title).length).toBeLessThanOrEqual(60);
        expect(title.isWellFormed()).toBe(true);
        expect(title).not.toMatch(/[\n\r\0]/);
        expect(title === "").toBe(text.replace(/[\u202A-\u202E\u2066-\u2069\s\p{Cc}]/gu, "") === "");
      }),
      { numRuns: 300 },
    );
  });

  test("markup that is nested or never closed costs no time", () => {
    const started = performance.now();
    for (const piece of ["[", "**", "> ", "`", "[a](", "* ", "_a", "(("]) {
      titleFrom(piece.repeat(100_000));
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
