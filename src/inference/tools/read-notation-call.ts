// `call:name{key:value,...}` with strings between marks of their own, as JSON.
import type { CallReading, KnownTool } from "./tool-call.ts";
import type { NotationToolSyntax } from "./tool-syntax.ts";

const header = /^\s*call:(?<name>[\w.-]+)(?=\{)/u;
const maxDepth = 50;

export function readNotation(
  { close, quote }: NotationToolSyntax,
  held: string,
  tools: readonly KnownTool[],
  isLast: boolean,
): CallReading | "more" | "none" {
  const at = held.indexOf(close);
  const found = header.exec(held);
  const isKnown = tools.some(({ name }) => name === found?.groups?.["name"]);
  if (at < 0) {
    if (!isLast) return found !== null && !isKnown ? "none" : "more";
    if (!isKnown) return "none";
    // What broke off is no whole object, and must not look like one.
    const name = found?.groups?.["name"] as string;
    return { pieces: [{ kind: "call", name, text: "{" }], rest: "" };
  }
  if (!isKnown || found === null) return "none";
  const value = readObject(held.slice(found[0].length, at), quote);
  if (value === null) return "none";
  const name = found.groups?.["name"] as string;
  return { pieces: [{ kind: "call", name, text: JSON.stringify(value) }], rest: held.slice(at + close.length) };
}

class NotThis extends Error {}

function readObject(text: string, quote: string): unknown {
  let at = 0;
  const skip = () => {
    while (/\s/u.test(text[at] ?? "")) at += 1;
  };
  const takes = (what: string) => {
    skip();
    if (!text.startsWith(what, at)) return false;
    at += what.length;
    return true;
  };
  const needs = (what: string) => {
    if (!takes(what)) throw new NotThis();
  };
  const string = () => {
    const end = text.indexOf(quote, at);
    if (end < 0) throw new NotThis();
    const said = text.slice(at, end);
    at = end + quote.length;
    return said;
  };
  const bare = (ends: RegExp) => {
    const start = at;
    while (at < text.length && !ends.test(text[at] as string)) at += 1;
    return text.slice(start, at).trim();
  };
  const list = <Item>(close: string, item: () => Item): Item[] => {
    const items: Item[] = [];
    if (takes(close)) return items;
    do items.push(item());
    while (takes(","));
    needs(close);
    return items;
  };
  const value = (depth: number): unknown => {
    if (depth > maxDepth) throw new NotThis();
    if (takes(quote)) return string();
    if (takes("[")) return list("]", () => value(depth + 1));
    if (takes("{")) return Object.fromEntries(list("}", () => entry(depth)));
    const word = bare(/[,\]}]/u);
    try {
      return JSON.parse(word);
    } catch {
      return word;
    }
  };
  const entry = (depth: number): [string, unknown] => {
    skip();
    const key = takes(quote) ? string() : bare(/:/u);
    needs(":");
    return [key, value(depth + 1)];
  };
  try {
    const read = text.startsWith("{") ? value(0) : null;
    skip();
    return at === text.length ? read : null;
  } catch (error) {
    if (error instanceof NotThis) return null;
    throw error;
  }
}
