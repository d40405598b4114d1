// Parts a model's answer into its thinking and what it says, piece by piece as it comes. What may still become a mark is
// held back.
import { createMarkFinder } from "./find-mark.ts";
import type { ReasoningChannels, ReasoningFamily, ReasoningPair } from "./reasoning-family.ts";

export interface ReasoningPiece {
  readonly kind: "reasoning" | "text";
  readonly text: string;
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

export function createReasoningSplitter(family: ReasoningFamily, start: ReasoningStart): ReasoningSplitter {
  const steps = family.kind === "pair" ? stepsOfPair(family, start) : stepsOfChannels(family, start);
  let held = "";
  const run = (isLast: boolean): readonly ReasoningPiece[] => {
    const pieces: ReasoningPiece[] = [];
    while (held !== "") {
      const step = steps.next(held, isLast);
      if (step === null) break;
      held = step.rest;
      if (step.text !== "") pieces.push({ kind: step.kind, text: step.text });
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

interface Step extends ReasoningPiece {
  /** What is still to be read. */
  readonly rest: string;
}

interface Steps {
  isThinking(): boolean;
  /** Null while more has to come. */
  next(held: string, isLast: boolean): Step | null;
}

function stepsOfPair({ open, close }: ReasoningPair, start: ReasoningStart): Steps {
  const finder = createMarkFinder([close], { codeIsText: false });
  let state = start;
  // White space around a mark belongs to the mark.
  let isBehindMark = start !== "open";

  function begin(held: string, isLast: boolean): Step | null {
    const begun = held.trimStart();
    const nothing = { kind: "reasoning", text: "" } as const;
    if (begun.startsWith(open)) {
      state = "reasoning";
      isBehindMark = true;
      return { ...nothing, rest: begun.slice(open.length) };
    }
    if (!isLast && open.startsWith(begun)) return null;
    // Whoever has not begun to think by now speaks; or thinks already, where the prompt has begun it.
    if (state === "open") state = "text";
    else isBehindMark = false;
    return { ...nothing, rest: state === "text" ? held : begun };
  }

  function think(held: string, isLast: boolean): Step | null {
    const { at, mark } = finder.find(held, isLast);
    const text = held.slice(0, at).trimEnd();
    if (mark !== null) {
      state = "text";
      isBehindMark = true;
      return { kind: "reasoning", text, rest: held.slice(at + mark.length) };
    }
    if (isLast) return { kind: "reasoning", text, rest: "" };
    if (text === "") return null;
    finder.pass(text);
    return { kind: "reasoning", text, rest: held.slice(text.length) };
  }

  function speak(held: string): Step {
    const text = isBehindMark ? held.trimStart() : held;
    if (text !== "") isBehindMark = false;
    return { kind: "text", text, rest: "" };
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

function stepsOfChannels(family: ReasoningChannels, start: ReasoningStart): Steps {
  const { channel, message, ends } = family;
  let state = start;
  let finder = createMarkFinder(ends, { codeIsText: state === "text" });

  function begin(kind: ReasoningPiece["kind"], rest: string): Step {
    state = kind;
    finder = createMarkFinder(ends, { codeIsText: kind === "text" });
    return { kind, text: "", rest };
  }

  function readHeader(held: string, isLast: boolean): Step | null {
    const at = held.indexOf(message);
    if (at >= 0) return begin(kindOf(family, held.slice(0, at)), held.slice(at + message.length));
    const isHeader = [channel, ...ends, "assistant", " to="].some(
      (word) => word.startsWith(held) || held.startsWith(word),
    );
    // A model that leaves the headers out simply speaks.
    if (!isHeader || held.length > longestHeader) return begin("text", held);
    return isLast ? { kind: "text", text: "", rest: "" } : null;
  }

  function readText(kind: ReasoningPiece["kind"], held: string, isLast: boolean): Step | null {
    const { at, mark } = finder.find(held, isLast);
    if (at === 0 && mark === null) return null;
    const text = held.slice(0, at);
    finder.pass(text);
    if (mark !== null) state = "open";
    // A channel's own mark already belongs to the next header.
    return { kind, text, rest: held.slice(mark === null || mark === channel ? at : at + mark.length) };
  }

  return {
    isThinking: () => state === "reasoning",
    next: (held, isLast) => (state === "open" ? readHeader(held, isLast) : readText(state, held, isLast)),
  };
}

/** What is said to a tool is nothing that a reader asked for; what is said on any other channel is. */
function kindOf(family: ReasoningChannels, header: string): ReasoningPiece["kind"] {
  const name = header.slice(header.lastIndexOf(family.channel) + family.channel.length).trim();
  return name.startsWith(family.reasoning) || header.includes(" to=") ? "reasoning" : "text";
}
