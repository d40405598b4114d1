import { describe, expect, test } from "vitest";
import { schemaGrammar } from "./schema-grammar.ts";

const grammar = (schema: unknown, strict = false) => schemaGrammar(schema, { strict });
const deep = (levels: number): unknown => (levels === 0 ? {} : { type: "array", items: deep(levels - 1) });

describe("What cannot be enforced is refused by keyword and place", () => {
  test.each([
    [{ not: {} }, "not", "#"],
    [{ type: "object", properties: { "a/b": { contains: {} } } }, "contains", "#/properties/a~1b"],
    [{ type: "array", items: { if: {} } }, "if", "#/items"],
    [{ type: "array", uniqueItems: true }, "uniqueItems", "#"],
    [{ patternProperties: {} }, "patternProperties", "#"],
    [{ type: "string", format: "color" }, "format", "#"],
    [{ type: "string", pattern: "(?=a)b" }, "pattern", "#"],
    [{ type: "string", pattern: "(a)\\1" }, "pattern", "#"],
    [{ type: "string", pattern: "\\bword" }, "pattern", "#"],
    [{ type: "string", pattern: "a$b" }, "pattern", "#"],
    [{ type: "string", pattern: "(" }, "pattern", "#"],
    [{ type: "string", pattern: "(a|b)*a(a|b){18}" }, "pattern", "#"],
    [{ type: "string", pattern: "((a{1000}){1000}){1000}" }, "pattern", "#"],
    [{ type: "string", minLength: -1 }, "minLength", "#"],
    [{ type: "string", maxLength: 1e9 }, "maxLength", "#"],
    [{ type: "number", multipleOf: 0.1 }, "multipleOf", "#"],
    [{ type: "number", minimum: "3" }, "minimum", "#"],
    [{ type: "number", minimum: 1e-30 }, "minimum", "#"],
    [{ type: "text" }, "type", "#"],
    [{ $ref: "https://example.org/schema" }, "$ref", "#"],
    [{ $ref: "#/$defs/none" }, "$ref", "#"],
    [{ $ref: "#/constructor" }, "$ref", "#"],
    [{ $ref: "#" }, "a $ref that leads to itself", "#"],
    [{ oneOf: [{ type: "number" }, { type: "integer" }] }, "oneOf", "#"],
    [{ oneOf: [{ minLength: 2 }, { minimum: 2 }] }, "oneOf", "#"],
    [{ anyOf: [] }, "an empty list", "#/anyOf"],
    ["text", "a schema that is no object", "#"],
  ])("%j", (schema, keyword, place) => {
    expect(() => grammar(schema)).toThrow(
      expect.objectContaining({ code: "unsupported_schema", details: { keyword, place } }),
    );
  });

  test("strict schemas follow OpenAI's rules", () => {
    const object = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
    expect(() => grammar(object, true)).toThrow(/additionalProperties: false/);
    expect(() => grammar({ ...object, required: [], additionalProperties: false }, true)).toThrow(/in required/);
    expect(() => grammar({ type: "string" }, true)).toThrow(/at the root/);
    expect(grammar({ ...object, additionalProperties: false }, true)).toMatch(/^root ::= /);
  });
});

describe("What nothing fits is refused", () => {
  test.each([
    [false],
    [{ allOf: [{ type: "string" }, { type: "number" }] }],
    [{ type: "integer", minimum: 3, maximum: 2 }],
    [{ type: "integer", exclusiveMinimum: 1, exclusiveMaximum: 2 }],
    [{ type: "string", enum: ["a", "b"], minLength: 2 }],
    [{ type: "object", properties: { a: { $ref: "#" } }, required: ["a"] }],
    [{ type: "object", required: ["a"], additionalProperties: false }],
    [{ type: "array", items: false, minItems: 1 }],
    [{ type: "string", pattern: "^a{3}$", maxLength: 2 }],
  ])("%j", (schema) => {
    expect(() => grammar(schema)).toThrow(expect.objectContaining({ code: "unsatisfiable_schema" }));
  });
});

describe("A hostile schema ends in a refusal, soon", () => {
  const list = { type: "array", items: { $ref: "#" } };
  test.each([
    ["too deep", deep(100)],
    ["too many values", { enum: Array.from({ length: 30_000 }, (_, index) => index) }],
    ["options that begin alike, around themselves", { anyOf: [list, { ...list, maxItems: 3 }] }],
    [
      "options that begin alike, within each other",
      Array.from({ length: 12 }).reduce<object>(
        (inner) => ({
          anyOf: [
            { type: "array", items: inner },
            { type: "array", items: inner, maxItems: 3 },
          ],
        }),
        {},
      ),
    ],
    [
      "a product of options",
      { allOf: Array.from({ length: 14 }, () => ({ anyOf: [{ minLength: 1 }, { maxLength: 9 }] })) },
    ],
  ])("%s", (_, schema) => {
    const before = performance.now();
    expect(() => grammar(schema)).toThrow(expect.objectContaining({ code: "unsupported_schema" }));
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});

test("a tree of options that their first property tells apart may contain itself", () => {
  const node = { $ref: "#" };
  const options = ["sum", "product"].map((kind) => ({
    type: "object",
    properties: { kind: { const: kind }, left: node, right: node },
    required: ["kind", "left", "right"],
  }));
  expect(grammar({ anyOf: [{ type: "number" }, ...options] })).toContain("sum");
});

test("long texts and lists make small grammars", () => {
  expect(grammar({ type: "string", maxLength: 100_000 }).length).toBeLessThan(50_000);
  expect(grammar({ type: "array", items: { type: "null" }, maxItems: 1_000 }).length).toBeLessThan(100_000);
});
