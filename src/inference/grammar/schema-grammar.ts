// A JSON Schema as a grammar in llama.cpp's notation: whatever the grammar lets a model write is valid JSON that fits the
// schema. Pure, and bounded whatever the schema: what would be too much is refused.
import { AppError } from "../../platform/errors.ts";
import { checkBranching, TooManyWays } from "./check-branching.ts";
import { GrammarTooLarge } from "./grammar-rules.ts";
import { readSchema } from "./read-schema.ts";
import { unsupported } from "./schema-keywords.ts";
import { createShapeAlgebra } from "./schema-shapes.ts";
import { anyObject, writeGrammar } from "./write-grammar.ts";

const maxDepth = 60;
const maxValues = 20_000;

/** Throws unsupported_schema with the keyword and its JSON pointer, or unsatisfiable_schema. */
export function schemaGrammar(schema: unknown, { strict }: { readonly strict: boolean }): string {
  checkSize(schema);
  try {
    const { root, any } = readSchema(schema, strict);
    if (strict && !isStrictRoot(schema)) throw unsupported("#", "strict without type: object at the root");
    checkBranching(root);
    const grammar = writeGrammar(root, any);
    if (grammar === null) throw new AppError("unsatisfiable_schema");
    return grammar;
  } catch (error) {
    if (error instanceof GrammarTooLarge) throw unsupported("#", "its size", error);
    if (error instanceof TooManyWays) throw unsupported("#", "options that begin alike, within each other", error);
    throw error;
  }
}

/** Any JSON object. */
export function jsonObjectGrammar(): string {
  const fail = () => {
    throw new GrammarTooLarge();
  };
  const { node, any } = createShapeAlgebra(10, { tooLarge: fail, circular: fail });
  return writeGrammar(
    node(() => [anyObject(any)]),
    any,
  ) as string;
}

function isStrictRoot(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "type" in schema && schema.type === "object";
}

/** Measured before anything walks it freely. */
function checkSize(schema: unknown): void {
  const waiting: { value: unknown; depth: number }[] = [{ value: schema, depth: 0 }];
  for (let seen = 0; waiting.length > 0; seen += 1) {
    const { value, depth } = waiting.pop() as { value: unknown; depth: number };
    if (typeof value !== "object" || value === null) continue;
    if (depth > maxDepth) throw unsupported("#", "its depth");
    const children = Object.values(value);
    if (seen + waiting.length + children.length > maxValues) throw unsupported("#", "its size");
    for (const child of children) waiting.push({ value: child, depth: depth + 1 });
  }
}
