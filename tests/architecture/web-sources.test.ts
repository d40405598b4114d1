// Two promises of the web app's sources: every visible word is in the catalogue, every colour and size in the theme.
import { globSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { parseSync } from "vite";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const sources = globSync(["src/ui/**/*.tsx", "src/web/**/*.tsx", "src/features/*/web/**/*.tsx"], { cwd: root }).filter(
  (file) => !file.endsWith(".test.tsx"),
);

const visibleAttributes = new Set([
  "aria-label",
  "aria-description",
  "alt",
  "title",
  "placeholder",
  "label",
  "help",
  "sentence",
  "heading",
]);
const hasWords = /\p{L}{2,}/u;

interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Words that a person would see and that no translator has: text in JSX and literals in visible attributes. */
function wordsOutsideCatalogue(source: string): string[] {
  const found: string[] = [];
  const literal = (node: Node | null | undefined): void => {
    if (node?.type === "Literal" && typeof node["value"] === "string" && hasWords.test(node["value"]))
      found.push(node["value"]);
    if (node?.type === "TemplateLiteral") {
      for (const part of node["quasis"] as { value: { raw: string } }[])
        if (hasWords.test(part.value.raw)) found.push(part.value.raw);
    }
    if (node?.type === "ConditionalExpression")
      [node["consequent"], node["alternate"]].forEach((side) => literal(side as Node));
    if (node?.type === "LogicalExpression") literal(node["right"] as Node);
    if (node?.type === "JSXExpressionContainer") literal(node["expression"] as Node);
  };
  const visit = (node: Node): void => {
    if (node.type === "JSXText" && hasWords.test(String(node["value"]))) found.push(String(node["value"]).trim());
    if (node.type === "JSXElement" || node.type === "JSXFragment")
      (node["children"] as Node[]).filter((child) => child.type === "JSXExpressionContainer").forEach(literal);
    if (node.type === "JSXAttribute" && visibleAttributes.has(String((node["name"] as Node)["name"])))
      literal(node["value"] as Node);
    for (const value of Object.values(node)) {
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child === "object" && child !== null && "type" in child) visit(child as Node);
      }
    }
  };
  visit(parseSync("source.tsx", source).program as unknown as Node);
  return found;
}

/** Colours and pixel sizes that belong into the theme file. */
function rawValues(source: string): string[] {
  const withoutComments = source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
  return (
    withoutComments.match(
      /["'`\s[:(]#[0-9a-fA-F]{3,8}\b(?=["'`\s\]);])|\b(?:rgba?|hsla?|oklch|light-dark)\(|\b\d+px\b|-\[[^\]"'`]*\]/g,
    ) ?? []
  );
}

test("there are sources to check", () => {
  expect(sources.length).toBeGreaterThan(40);
});

describe("every visible word is in the catalogue", () => {
  test.each(sources.map((file) => [relative(".", file)]))("%s", (file) => {
    expect(wordsOutsideCatalogue(readFileSync(join(root, file), "utf8"))).toEqual([]);
  });

  test.each([
    ["<p>Hello there</p>", ["Hello there"]],
    ['<img alt="A picture" />', ["A picture"]],
    ['<p>{isOpen ? "Open" : null}</p>', ["Open"]],
    ["<button aria-label={`Close ${name}`} />", ["Close "]],
    ["<p>{text.common.close} · 2/3</p>", []],
    ['<p className="grow">{count}</p>', []],
  ])("the check sees %s", (source, words) => {
    expect(wordsOutsideCatalogue(source)).toEqual(words);
  });
});

describe("colours and sizes are only in the theme", () => {
  test.each(sources.map((file) => [relative(".", file)]))("%s", (file) => {
    expect(rawValues(readFileSync(join(root, file), "utf8"))).toEqual([]);
  });

  test.each([
    '<p className="text-[13px]" />',
    '<p style={{ color: "#fff" }} />',
    'const c = "rgb(0 0 0)"',
    "const w = `12px`",
  ])("the check sees %s", (source) => {
    expect(rawValues(source)).not.toEqual([]);
  });
});
