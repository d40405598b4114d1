import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emptyMarkdown, parseMarkdown, parseOpenMarkdown, upToFormula } from "./parse-markdown.ts";

const answer = `Intro with *emphasis*.

- one
- two

  still two

1. first

2. second

10. tenth

\`\`\`js
const a = 1;

const b = 2;
\`\`\`

| a | b |
|---|---|
| 1 | 2 |

$$
x^2
$$

Setext
===

> quote

The price is $5 and $10. Done.
`;

function typesOf(source: string): string[] {
  return parseMarkdown(source).blocks.map((token) => token.type);
}

function streamed(source: string, sizes: readonly number[]) {
  let parsed = emptyMarkdown;
  let end = 0;
  for (let step = 0; end < source.length; step += 1) {
    end = Math.min(source.length, end + (sizes[step % sizes.length] ?? 1));
    parsed = parseOpenMarkdown(source.slice(0, end), parsed);
  }
  return parsed;
}

describe("parsing a text that is still being written", () => {
  test("a text in pieces of any size becomes the same blocks as the whole text", () => {
    const whole = parseMarkdown(answer).blocks.map((token) => token.raw.trimEnd());
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }), (sizes) => {
        expect(streamed(answer, sizes).blocks.map((token) => token.raw.trimEnd())).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  test("what is settled is never parsed again", () => {
    const before = parseOpenMarkdown(answer.slice(0, 200), emptyMarkdown);
    const after = parseOpenMarkdown(answer, before);
    expect(before.settledCount).toBeGreaterThan(1);
    for (let index = 0; index < before.settledCount; index += 1) expect(after.blocks[index]).toBe(before.blocks[index]);
  });

  test("a text that was replaced is parsed from its beginning", () => {
    const before = parseOpenMarkdown(answer, emptyMarkdown);
    expect(parseOpenMarkdown("Another text", before).blocks).toHaveLength(1);
  });

  test.each([
    ["an open fence is code from its first line", "```py\nx = ", "code"],
    ["a header row is a table from its first line", "| a | b", "table"],
    ["an open formula is a formula from its first line", "$$\n\\frac{1", "math-block"],
    ["a half list marker does not make a heading of the line above", "Some text\n-", "paragraph"],
    ["a half number does not end the paragraph", "Some text\n1.", "paragraph"],
  ])("%s", (_title, source, type) => {
    expect(parseOpenMarkdown(source, emptyMarkdown).blocks.at(-1)?.type).toBe(type);
  });
});

describe("math", () => {
  test("prices are not formulas", () => {
    const [paragraph] = parseMarkdown("It costs $5 today and $10 tomorrow.").blocks;
    expect(JSON.stringify(paragraph)).not.toContain("math-inline");
  });

  test.each(["$x^2$", "\\(x^2\\)"])("%s is a formula inside a line", (source) => {
    expect(JSON.stringify(parseMarkdown(`Say ${source} here.`).blocks)).toContain('"tex":"x^2"');
  });

  test.each(["$$x^2$$", "\\[x^2\\]", "$$\nx^2\n$$"])("%s is a formula of its own", (source) => {
    expect(typesOf(`Before\n\n${source}\n\nAfter`)).toEqual(["paragraph", "math-block", "paragraph"]);
  });

  test.each([
    ["One\n\nTwo\n\n$$x$$\n\nThree", ["One", "Two"]],
    ["One\n\nSay **the $x^2$ now** and then", ["One", "Say **the "]],
    ["- one\n- two \\(x\\)\n- three", ["- one\n- two"]],
    ["One\n\n> Two $x$", ["One", "> Two "]],
  ])("before the first formula of %j stands %j", (source, before) => {
    expect(upToFormula(parseMarkdown(source).blocks).map((token) => token.raw)).toEqual(
      before.map((raw) => expect.stringContaining(raw)),
    );
  });

  test("before the formulas of a text that has none stands the text itself", () => {
    const { blocks } = parseMarkdown("It costs $5.\n\n- `\\(x\\)`");
    expect(upToFormula(blocks)).toBe(blocks);
  });
});
