// Finds the calls of tools in what a model says, piece by piece as it comes. What is no call that can be made stays text:
// an unknown tool, half a header, an example within a block of code. The arguments of a call leave as they are written.
import { createMarkFinder } from "../reasoning/find-mark.ts";
import { readMarkup } from "./read-markup-call.ts";
import { readNotation } from "./read-notation-call.ts";
import { scanJson } from "./scan-json.ts";
import type { KnownTool, ToolPiece } from "./tool-call.ts";
import { beginsBare, type JsonToolSyntax, type ToolSyntax } from "./tool-syntax.ts";

export interface ToolCallReader {
  push(text: string): readonly ToolPiece[];
  end(): readonly ToolPiece[];
}

/** A header that goes on for longer than this is none. */
const longestHeader = 400;
/** Of a call that has to be read whole. */
const longestCall = 200_000;

/** Whose first key is none of a call. */
const isOtherObject = /^\s*\{\s*"(?!(?:arguments|parameters|name|type|id|function)")[^"]*"/u;

type State = "start" | "text" | "call" | "arguments" | "behind";

export function createToolCallReader(syntaxes: readonly ToolSyntax[], tools: readonly KnownTool[]): ToolCallReader {
  return new Reader(syntaxes, tools);
}

class Reader implements ToolCallReader {
  readonly #syntaxes: readonly ToolSyntax[];
  readonly #tools: readonly KnownTool[];
  readonly #finder;
  readonly #bare: ToolSyntax | undefined;
  #state: State = "start";
  #held = "";
  /** Of the call that is being read. */
  #syntax: ToolSyntax;
  #mark = "";
  #scan = scanJson();

  constructor(syntaxes: readonly ToolSyntax[], tools: readonly KnownTool[]) {
    this.#syntaxes = syntaxes;
    this.#tools = tools;
    this.#syntax = syntaxes[0] as ToolSyntax;
    this.#bare = syntaxes.find(beginsBare);
    this.#finder = createMarkFinder(
      syntaxes.flatMap(({ open }) => open),
      { codeIsText: true },
    );
  }

  push(text: string): readonly ToolPiece[] {
    this.#held += text;
    return this.#run(false);
  }

  end(): readonly ToolPiece[] {
    return this.#run(true);
  }

  #run(isLast: boolean): readonly ToolPiece[] {
    const pieces: ToolPiece[] = [];
    while (this.#held !== "" || (isLast && this.#state === "call")) {
      const before = this.#held.length;
      const state = this.#state;
      const added = this.#next(isLast);
      if (added === null) break;
      pieces.push(...added.filter((piece) => piece.text !== "" || (piece.kind === "call" && piece.name !== null)));
      if (this.#held.length === before && this.#state === state) break;
    }
    return pieces;
  }

  /** Null while more has to come. */
  #next(isLast: boolean): readonly ToolPiece[] | null {
    switch (this.#state) {
      case "start":
        return this.#start(isLast);
      case "text":
        return this.#text(isLast);
      case "call":
        return this.#call(isLast);
      case "arguments":
        return this.#arguments();
      case "behind":
        return this.#behind(isLast);
    }
  }

  #start(isLast: boolean): readonly ToolPiece[] | null {
    const begun = this.#held.trimStart();
    if (begun === "" && !isLast) return null;
    if (this.#bare !== undefined && begun.startsWith("{")) {
      this.#begin(this.#bare, "");
      return [];
    }
    this.#state = "text";
    return [];
  }

  #begin(syntax: ToolSyntax, mark: string): void {
    this.#state = "call";
    this.#syntax = syntax;
    this.#mark = mark;
  }

  #text(isLast: boolean): readonly ToolPiece[] | null {
    const { at, mark } = this.#finder.find(this.#held, isLast);
    const text = this.#held.slice(0, at);
    // The blanks in front of a call belong to it.
    const said = mark === null && isLast ? text : text.trimEnd();
    if (mark === null) {
      if (said === "") return null;
      this.#finder.pass(said);
      this.#held = this.#held.slice(said.length);
      return [{ kind: "text", text: said }];
    }
    this.#finder.pass(text);
    this.#held = this.#held.slice(at + mark.length);
    this.#begin(this.#syntaxes.find(({ open }) => open.includes(mark)) as ToolSyntax, mark);
    return [{ kind: "text", text: said }];
  }

  /** The call is none: what was taken for it is text after all. */
  #giveUp(): readonly ToolPiece[] {
    const text = this.#mark === "" ? this.#held.slice(0, 1) : this.#mark;
    if (this.#mark === "") this.#held = this.#held.slice(1);
    this.#state = "text";
    this.#finder.pass(text);
    return [{ kind: "text", text }];
  }

  #call(isLast: boolean): readonly ToolPiece[] | null {
    if (this.#syntax.kind === "json") return this.#header(this.#syntax, isLast);
    const read = this.#syntax.kind === "markup" ? readMarkup : readNotation;
    const reading = read(this.#syntax as never, this.#held, this.#tools, isLast);
    if (reading === "more") return isLast || this.#held.length > longestCall ? this.#giveUp() : null;
    if (reading === "none") return this.#giveUp();
    this.#held = reading.rest;
    this.#state = "behind";
    this.#scan = scanJson(0);
    return reading.pieces;
  }

  #header(syntax: JsonToolSyntax, isLast: boolean): readonly ToolPiece[] | null {
    const found = syntax.header.exec(this.#held);
    if (found !== null) {
      const name = found.groups?.["name"] as string;
      if (!this.#isKnown(name)) return this.#giveUp();
      this.#held = this.#held.slice(found[0].length);
      this.#scan = scanJson();
      this.#state = "arguments";
      return [{ kind: "call", name, text: "" }];
    }
    if (syntax.isWrapped) {
      const whole = this.#wholeObject();
      if (whole !== null) return whole;
    }
    const longest = syntax.isWrapped && !isOtherObject.test(this.#held) ? longestCall : longestHeader;
    const isOther = this.#mark === "" && isOtherObject.test(this.#held);
    return isLast || isOther || this.#held.length > longest ? this.#giveUp() : null;
  }

  /** An object whose parts come in another order, or that lacks the arguments. Null where it is not whole yet. */
  #wholeObject(): readonly ToolPiece[] | null {
    const start = /^\s*\[?\s*(?=\{)/u.exec(this.#held)?.[0].length;
    if (start === undefined) return null;
    const scan = scanJson();
    const length = scan.push(this.#held.slice(start));
    if (!scan.isDone()) return null;
    const call = readCallObject(this.#held.slice(start, start + length));
    if (call === null || !this.#isKnown(call.name)) return this.#giveUp();
    this.#held = this.#held.slice(start + length);
    this.#state = "behind";
    this.#scan = scanJson(0);
    return [{ kind: "call", name: call.name, text: call.arguments }];
  }

  #isKnown(name: string): boolean {
    return this.#tools.some((tool) => tool.name === name);
  }

  #arguments(): readonly ToolPiece[] {
    const length = this.#scan.push(this.#held);
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    if (this.#scan.isDone()) {
      this.#state = "behind";
      // The rest of the object around them, such as a call's id.
      this.#scan = scanJson(this.#syntax.kind === "json" && this.#syntax.isWrapped ? 1 : 0);
    }
    return [{ kind: "call", name: null, text }];
  }

  #behind(isLast: boolean): readonly ToolPiece[] | null {
    if (!this.#scan.isDone()) {
      this.#held = this.#held.slice(this.#scan.push(this.#held));
      if (!this.#scan.isDone()) return null;
    }
    const rest = this.#held.trimStart();
    const marks = [...this.#syntax.behind, ...this.#syntax.open];
    const behind = this.#syntax.behind.find((mark) => rest.startsWith(mark));
    if (behind !== undefined) {
      this.#held = rest.slice(behind.length);
      return [];
    }
    const open = this.#syntax.open.find((mark) => rest.startsWith(mark));
    if (open !== undefined) {
      this.#held = rest.slice(open.length);
      this.#begin(this.#syntax, open);
      return [];
    }
    if (this.#syntax.kind === "json" && this.#syntax.isWrapped && rest.startsWith("{")) {
      this.#held = rest;
      this.#begin(this.#syntax, "");
      return [];
    }
    if (!isLast && (rest === "" || marks.some((mark) => mark.startsWith(rest)))) return null;
    this.#held = rest;
    this.#state = "text";
    return [];
  }
}

/** Null where the text is no call. */
function readCallObject(json: string): { readonly name: string; readonly arguments: string } | null {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null) return null;
  const outer = value as Readonly<Record<string, unknown>>;
  const call = (
    typeof outer["function"] === "object" && outer["function"] !== null ? outer["function"] : outer
  ) as typeof outer;
  const given = call["arguments"] ?? call["parameters"] ?? {};
  if (typeof call["name"] !== "string") return null;
  return { name: call["name"], arguments: typeof given === "string" ? given : JSON.stringify(given) };
}
