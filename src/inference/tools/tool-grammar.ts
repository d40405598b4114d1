// The grammar of the calls that a model may write, in its own form: a known tool, and arguments that fit its schema.
import { AppError } from "../../platform/errors.ts";
import { literal, prefixRules } from "../grammar/join-grammars.ts";
import { jsonObjectGrammar, schemaGrammar } from "../grammar/schema-grammar.ts";
import type { ToolDefinition } from "../model-call.ts";
import { markupArguments } from "./markup-grammar.ts";
import { notationArguments } from "./notation-grammar.ts";
import type { ToolSyntax } from "./tool-syntax.ts";

export interface ToolGrammar {
  readonly text: string;
  /** Rules that the text leaves open, one for each mark. */
  readonly marks: Readonly<Record<string, string>>;
}

export interface ToolGrammarOptions {
  /** More than one call. */
  readonly isParallel: boolean;
  /** The first opening mark is written already. */
  readonly isBegun: boolean;
}

/** Throws unsupported_schema and unsatisfiable_schema for a strict tool; of others what cannot be enforced is left open. */
export function toolGrammar(
  syntax: ToolSyntax,
  tools: readonly ToolDefinition[],
  { isParallel, isBegun }: ToolGrammarOptions,
): ToolGrammar {
  const marks = createMarkRules();
  const { begin, beforeName, beforeArguments, behindArguments, between, end } = syntax.written;
  const write = (texts: readonly string[]) => texts.map(marks.write).join(" ");
  const calls = (before: readonly string[]) =>
    tools
      .map(({ name }, index) =>
        [write(before), literal(name), write(beforeArguments), `t${index}-root`, write(behindArguments)].join(" "),
      )
      .join(" | ");
  const opening = [...begin, ...beforeName];
  const first = isBegun ? opening.slice(1) : opening;
  const more = isParallel && between !== null ? `(${write(between)} call)*` : "";
  const lines = [
    `root ::= first ${more} ${write(end)}`,
    `first ::= ${calls(first)}`,
    ...(more === "" ? [] : [`call ::= ${calls(beforeName)}`]),
  ];
  const rules = tools.map((tool, index) => prefixRules(argumentsGrammar(syntax, tool, marks.write), `t${index}-`));
  return { text: `${lines.join("\n")}\n${rules.join("")}`, marks: marks.rules };
}

/** Rules of marks keep their names, whatever prefix the rules around them get. */
function createMarkRules() {
  const rules: Record<string, string> = {};
  return {
    rules,
    write: (text: string): string => {
      if (!/^[<[].*[>\]]$/su.test(text)) return literal(text);
      const known = Object.entries(rules).find(([, mark]) => mark === text)?.[0];
      if (known !== undefined) return known;
      const name = `MARK${Object.keys(rules).length}`;
      rules[name] = text;
      return name;
    },
  };
}

function argumentsGrammar(syntax: ToolSyntax, tool: ToolDefinition, write: (text: string) => string): string {
  switch (syntax.kind) {
    case "markup":
      return markupArguments(tool, (schema) => valueGrammar(schema, tool));
    case "notation":
      return notationArguments(write(syntax.quote));
    default:
      return objectGrammar(tool);
  }
}

function objectGrammar(tool: ToolDefinition): string {
  const { parameters } = tool;
  if (parameters === undefined) return 'root ::= "{" "}"\n';
  const isObject =
    typeof parameters === "object" && parameters !== null && ("properties" in parameters || "type" in parameters);
  return (isObject ? valueGrammar({ type: "object", ...parameters }, tool) : null) ?? jsonObjectGrammar();
}

/** Null where the schema asks for what cannot be enforced. */
function valueGrammar(schema: unknown, { name, strict }: ToolDefinition): string | null {
  try {
    return schemaGrammar(schema, { strict: false });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (strict) throw new AppError(error.code, { ...error.details, param: `tools (${name})` }, { cause: error });
    return null;
  }
}
