// `<function=name>` with each argument between `<parameter=key>` and `</parameter>`, as JSON. A value is text, unless the
// tool's schema asks for something else.
import type { CallReading, KnownTool } from "./tool-call.ts";
import type { MarkupToolSyntax } from "./tool-syntax.ts";

const header = /^\s*<function=(?<name>[\w.-]+)>/u;
const parameter = /\s*<parameter=([^>\n]+)>\n?([^]*?)\n?<\/parameter>/uy;
const end = /\s*<\/function>/uy;

export function readMarkup(
  _syntax: MarkupToolSyntax,
  held: string,
  tools: readonly KnownTool[],
  isLast: boolean,
): CallReading | "more" | "none" {
  const found = header.exec(held);
  if (found === null) return /^\s*(?:<(?:f|$)|$)/u.test(held) && !isLast ? "more" : "none";
  const tool = tools.find((each) => each.name === found.groups?.["name"]);
  if (tool === undefined) return "none";
  const values: [string, unknown][] = [];
  let at = found[0].length;
  for (;;) {
    parameter.lastIndex = at;
    const given = parameter.exec(held);
    if (given === null) break;
    values.push([given[1] as string, readValue(tool, given[1] as string, given[2] as string)]);
    at = parameter.lastIndex;
  }
  end.lastIndex = at;
  const isWhole = end.test(held);
  if (!isWhole && !isLast) return "more";
  const json = JSON.stringify(Object.fromEntries(values));
  return {
    // What broke off is no whole object, and must not look like one.
    pieces: [{ kind: "call", name: tool.name, text: isWhole ? json : json.slice(0, -1) }],
    rest: isWhole ? held.slice(end.lastIndex) : "",
  };
}

function readValue({ parameters }: KnownTool, key: string, text: string): unknown {
  const { properties } = (parameters ?? {}) as {
    properties?: Readonly<Record<string, { type?: unknown } | undefined>>;
  };
  const type = properties?.[key]?.type;
  if (type === "string") return text;
  try {
    return JSON.parse(text.trim());
  } catch {
    return text;
  }
}
