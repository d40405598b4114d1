// Parts a model's answer into its thinking and what it says, piece by piece as it comes. What may still become a mark is
// held back.
import { createMarkFinder } from "./find-mark.ts";
import type { ReasoningChannels, ReasoningFamily, ReasoningPair } from "./reasoning-family.ts";

export type ReasoningPiece =
  | { readonly kind: "reasoning"; readonly text: string }
  | { readonly kind: "text"; readonly text: string }
  /** A channel that goes to a tool; `name` is there on its first piece and null on all others. */
  | { readonly kind: "call"; readonly name: string | null; readonly text: string };

export interface SplitterOptions {
  /** Names of the tools whose calls are told apart, where a family has a channel for them. */
  readonly tools?: readonly string[];
  /** The first mark counts, also one between quotation marks: where a grammar has begun behind it. */
  readonly isExact?: boolean;
}

export interface ReasoningSplitter {
  /** Whether what comes next is thought rather than said, as far as it is known. */
  isThinking(): boolean;
  push(text: string): readonly ReasoningPiece[];
  /** The answer is complete: what was still held back. Thinking that was never closed stays thinking. */
  end(): readonly ReasoningPiece[];
}

/** Where an answer begins: nowhere yet, or in the middle of what the prompt has opened. */
export type ReasoningStart = "open" | "reasoning" | "text";

/** The state that a prompt ends in, by its last control text. */
export function reasoningStart(family: ReasoningFamily, promptEnd: string): ReasoningStart {
  const end = promptEnd.trimEnd();
  if (family.kind === "pair") {
    if (end.endsWith(family.open)) return "reasoning";
    return end.endsWith(family.close) ? "text" : "open";
  }
  if (!end.endsWith(family.message)) return "open";
  return kindOf(family, end.slice(0, -family.message.length));
}

export function createReasoningSplitter(
  family: ReasoningFamily,
  start: ReasoningStart,
  { tools = [], isExact = false }: SplitterOptions = {},
): ReasoningSplitter {
  const steps = family.kind === "pair" ? stepsOfPair(family, start, isExact) : stepsOfChannels(family, start, tools);
  let held = "";
  const run = (isLast: boolean): readonly ReasoningPiece[] => {
    const pieces: ReasoningPiece[] = [];
    while (held !== "") {
      const step = steps.next(held, isLast);
      if (step === null) break;
      held = step.rest;
      const { piece } = step;
      if (piece.text !== "" || (piece.kind === "call" && piece.name !== null)) pieces.push(piece);
    }
    return pieces;
  };
  return {
    isThinking: steps.isThinking,
    push(text) {
      held += text;
      return run(false);
    },
    end: () => run(true),
  };
}

interface Step {
  readonly piece: ReasoningPiece;
  /** What is still to be read. */
  readonly rest: string;
}

interface Steps {
  isThinking(): boolean;
  /** Null while more has to come. */
  next(held: string, isLast: boolean): Step | null;
}

const nothing: ReasoningPiece = { kind: "reasoning", text: "" };

function stepsOfPair({ open, close }: ReasoningPair, start: ReasoningStart, isExact: boolean): Steps {
  const finder = createMarkFinder([close], { codeIsText: false, quotedIsText: !isExact });
  let state = start;
  // White space around a mark belongs to the mark.
  let isBehindMark = start !== "open";

  function begin(held: string, isLast: boolean): Step | null {
    const begun = held.trimStart();
    if (begun.startsWith(open)) {
      state = "reasoning";
      isBehindMark = true;
      return { piece: nothing, rest: begun.slice(open.length) };
    }
    if (!isLast && open.startsWith(begun)) return null;
    // Whoever has not begun to think by now speaks; or thinks already, where the prompt has begun it.
    if (state === "open") state = "text";
    else isBehindMark = false;
    return { piece: nothing, rest: state === "text" ? held : begun };
  }

  function think(held: string, isLast: boolean): Step | null {
    const { at, mark } = finder.find(held, isLast);
    const text = held.slice(0, at).trimEnd();
    if (mark !== null) {
      state = "text";
      isBehindMark = true;
      return { piece: { kind: "reasoning", text }, rest: held.slice(at + mark.length) };
    }
    if (isLast) return { piece: { kind: "reasoning", text }, rest: "" };
    if (text === "") return null;
    finder.pass(text);
    return { piece: { kind: "reasoning", text }, rest: held.slice(text.length) };
  }

  function speak(held: string): Step {
    const text = isBehindMark ? held.trimStart() : held;
    if (text !== "") isBehindMark = false;
    return { piece: { kind: "text", text }, rest: "" };
  }

  return {
    isThinking: () => state === "reasoning",
    next(held, isLast) {
      if (state === "text") return speak(held);
      return state === "open" || isBehindMark ? begin(held, isLast) : think(held, isLast);
    },
  };
}

/** A header that goes on for longer than this is none. */
const longestHeader = 200;

function stepsOfChannels(family: ReasoningChannels, start: ReasoningStart, tools: readonly string[]): Steps {
  const { channel, message, ends } = family;
  let state: ReasoningStart | "call" = start;
  let finder = createMarkFinder(ends, { codeIsText: state === "text" });

  function begin(kind: "reasoning" | "text" | "call", rest: string, name: string | null = null): Step {
    state = kind;
    finder = createMarkFinder(ends, { codeIsText: kind === "text" });
    return { piece: kind === "call" ? { kind, name, text: "" } : { kind, text: "" }, rest };
  }

  function readHeader(held: string, isLast: boolean): Step | null {
    const at = held.indexOf(message);
    if (at >= 0) {
      const header = held.slice(0, at);
      const tool = /\bto=functions\.([\w.-]+)/u.exec(header)?.[1];
      const rest = held.slice(at + message.length);
      return tool !== undefined && tools.includes(tool)
        ? begin("call", rest, tool)
        : begin(kindOf(family, header), rest);
    }
    const isHeader = [channel, ...ends, "assistant", " to="].some(
      (word) => word.startsWith(held) || held.startsWith(word),
    );
    // A model that leaves the headers out simply speaks.
    if (!isHeader || held.length > longestHeader) return begin("text", held);
    return isLast ? { piece: nothing, rest: "" } : null;
  }

  function readText(kind: "reasoning" | "text" | "call", held: string, isLast: boolean): Step | null {
    const { at, mark } = finder.find(held, isLast);
    if (at === 0 && mark === null) return null;
    const text = held.slice(0, at);
    finder.pass(text);
    if (mark !== null) state = "open";
    const piece: ReasoningPiece = kind === "call" ? { kind, name: null, text } : { kind, text };
    // A channel's own mark already belongs to the next header.
    return { piece, rest: held.slice(mark === null || mark === channel ? at : at + mark.length) };
  }

  return {
    isThinking: () => state === "reasoning",
    next: (held, isLast) => (state === "open" ? readHeader(held, isLast) : readText(state, held, isLast)),
  };
}

/** What is said to a tool is nothing that a reader asked for; what is said on any other channel is. */
function kindOf(family: ReasoningChannels, header: string): "reasoning" | "text" {
  const name = header.slice(header.lastIndexOf(family.channel) + family.channel.length).trim();
  return name.startsWith(family.reasoning) || header.includes(" to=") ? "reasoning" : "text";
}
