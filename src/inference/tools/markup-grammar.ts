// Arguments between marks of their own: in the order of the schema, text as it is, everything else as JSON.
import { literal, prefixRules } from "../grammar/join-grammars.ts";
import type { ToolDefinition } from "../model-call.ts";

/** A value of several lines, none of which looks like the end. */
const text = ['text ::= line ("\\n" line)*', 'line ::= ([^<\\n] [^\\n]*)? | "<" ([^/\\n] [^\\n]*)?', ""].join("\n");

/** `valueGrammar`: GBNF of a value that fits a schema; null where any text will have to do. */
export function markupArguments(tool: ToolDefinition, valueGrammar: (schema: unknown) => string | null): string {
  const { properties = {}, required = [] } = (tool.parameters ?? {}) as {
    properties?: Readonly<Record<string, { type?: unknown } | boolean>>;
    required?: readonly string[];
  };
  const keys = Object.entries(properties).filter(([key]) => /^[^>\n]+$/u.test(key));
  const parameters = keys.map(([key], index) => `p${index}${required.includes(key) ? "" : "?"}`);
  const rules = keys.map(([key, schema], index) => {
    const own = isPlainText(schema) ? null : valueOf(schema, valueGrammar);
    const value = own === null ? "text" : `v${index}-root`;
    const begin = literal(`<parameter=${key}>\n`);
    return `p${index} ::= ${begin} ${value} ${literal("\n</parameter>\n")}\n${own === null ? "" : prefixRules(own, `v${index}-`)}`;
  });
  return `root ::= ${parameters.length === 0 ? '""' : parameters.join(" ")}\n${rules.join("")}${text}`;
}

function isPlainText(schema: { type?: unknown } | boolean): boolean {
  return typeof schema === "object" && schema.type === "string" && !("enum" in schema);
}

/** One of several texts is written without quotation marks. */
function valueOf(schema: unknown, valueGrammar: (schema: unknown) => string | null): string | null {
  const options = (schema as { enum?: readonly unknown[]; const?: unknown }).enum;
  if (Array.isArray(options) && options.length > 0 && options.every((option) => typeof option === "string")) {
    return `root ::= ${options.map((option) => literal(option)).join(" | ")}\n`;
  }
  return valueGrammar(schema);
}
