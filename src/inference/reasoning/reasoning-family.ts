// How models mark their thinking apart from their answer. A family is data, found by the marks in the template that a
// model file carries; nothing here knows a model's name.

/** Thinking stands between two marks, in front of the answer. */
export interface ReasoningPair {
  readonly kind: "pair";
  readonly open: string;
  readonly close: string;
  /** White space that the model was trained to write behind `open`, before `close` and behind it. */
  readonly around: readonly [behindOpen: string, beforeClose: string, behindClose: string];
}

/** Every piece of the answer says first which channel it is on (OpenAI's harmony format). */
export interface ReasoningChannels {
  readonly kind: "channels";
  readonly channel: string;
  /** Between a channel's name and its text. */
  readonly message: string;
  /** Marks at which a text ends and another header begins. */
  readonly ends: readonly string[];
  /** What the model writes between two texts, in front of the next channel's mark. */
  readonly between: string;
  readonly reasoning: string;
  readonly answer: string;
}

export type ReasoningFamily = ReasoningPair | ReasoningChannels;

interface KnownFamily {
  /** All of these stand in the template. */
  readonly marks: readonly string[];
  readonly family: ReasoningFamily;
}

const pair = (open: string, close: string, around: ReasoningPair["around"]): ReasoningPair => ({
  kind: "pair",
  open,
  close,
  around,
});

const knownFamilies: readonly KnownFamily[] = [
  {
    marks: ["<|channel|>", "<|message|>"],
    family: {
      kind: "channels",
      channel: "<|channel|>",
      message: "<|message|>",
      ends: ["<|end|>", "<|start|>", "<|call|>", "<|channel|>"],
      between: "<|end|><|start|>assistant",
      reasoning: "analysis",
      answer: "final",
    },
  },
  { marks: ["[THINK]"], family: pair("[THINK]", "[/THINK]", ["", "", ""]) },
  { marks: ["<|channel>thought\n", "<channel|>"], family: pair("<|channel>thought", "<channel|>", ["\n", "\n", ""]) },
  // Many templates only take old thinking out of the history and leave it to the model to begin anew.
  { marks: ["</think>"], family: pair("<think>", "</think>", ["\n", "\n", "\n\n"]) },
];

/** Null for a model whose template knows no thinking. */
export function findReasoningFamily(template: string | null): ReasoningFamily | null {
  // Templates write line breaks as escapes or as they are.
  const written = (template ?? "").replaceAll("\\n", "\n");
  return knownFamilies.find(({ marks }) => marks.every((mark) => written.includes(mark)))?.family ?? null;
}

/** What the model would have written in front of this thinking, and between it and the answer. */
export function writtenMarks(family: ReasoningFamily): { readonly open: string; readonly close: string } {
  if (family.kind === "pair") {
    const [behindOpen, beforeClose, behindClose] = family.around;
    return { open: family.open + behindOpen, close: beforeClose + family.close + behindClose };
  }
  const header = (channel: string) => family.channel + channel + family.message;
  return { open: header(family.reasoning), close: family.between + header(family.answer) };
}

/** What the model may write as special tokens, which are no text of their own and yet part the answer. */
export function markTexts(family: ReasoningFamily): readonly string[] {
  if (family.kind === "channels") return [family.message, ...family.ends];
  return [family.open.replace(/\w+$/u, ""), family.close];
}
