// How models write that they call a tool. A family is data, found by the marks in the template that a model file carries;
// nothing here knows a model's name.

/** Name and arguments as JSON, the name inside the object or in front of it. */
export interface JsonToolSyntax {
  readonly kind: "json";
  /** Marks that begin the calls. Empty: an answer that begins with a call begins with its object. */
  readonly open: readonly string[];
  /** From behind the opening mark to the first sign of the arguments; the group `name` is the tool's. */
  readonly header: RegExp;
  /** The arguments stand inside an object that has the name as well. */
  readonly isWrapped: boolean;
  /** What may follow a call, and is no text. */
  readonly behind: readonly string[];
  readonly written: WrittenCall;
}

/** Each argument between marks of its own (Qwen's coders). */
export interface MarkupToolSyntax {
  readonly kind: "markup";
  readonly open: readonly string[];
  readonly behind: readonly string[];
  readonly written: WrittenCall;
}

/** Arguments in a notation of their own, with strings between marks (Gemma). */
export interface NotationToolSyntax {
  readonly kind: "notation";
  readonly open: readonly string[];
  readonly close: string;
  /** Around strings. */
  readonly quote: string;
  readonly behind: readonly string[];
  readonly written: WrittenCall;
}

/** A channel's header names the tool: the reasoning family reads it. */
export interface ChannelToolSyntax {
  readonly kind: "channel";
  readonly open: readonly string[];
  readonly behind: readonly string[];
  readonly written: WrittenCall;
}

export type ToolSyntax = JsonToolSyntax | MarkupToolSyntax | NotationToolSyntax | ChannelToolSyntax;

/** What a model was trained to write, for the grammar. Marks stand by themselves, since they may be special tokens. */
export interface WrittenCall {
  readonly begin: readonly string[];
  readonly beforeName: readonly string[];
  readonly beforeArguments: readonly string[];
  readonly behindArguments: readonly string[];
  /** Null where an answer has one call alone. */
  readonly between: readonly string[] | null;
  readonly end: readonly string[];
}

interface KnownSyntax {
  /** All of these stand in the template. */
  readonly marks: readonly string[];
  readonly syntax: ToolSyntax;
}

const name = "(?<name>[\\w.-]+)";
const objectHeader = (list: string) =>
  new RegExp(
    `^\\s*${list}\\{\\s*(?:"type"\\s*:\\s*"function"\\s*,\\s*)?"name"\\s*:\\s*"${name}"\\s*,\\s*"(?:arguments|parameters)"\\s*:\\s*(?=\\{)`,
    "u",
  );

/** Also the form for models whose template knows no tools. */
export const hermesSyntax: JsonToolSyntax = {
  kind: "json",
  open: ["<tool_call>"],
  header: objectHeader(""),
  isWrapped: true,
  behind: ["</tool_call>"],
  written: {
    begin: [],
    beforeName: ["<tool_call>", '\n{"name": "'],
    beforeArguments: ['", "arguments": '],
    behindArguments: ["}\n", "</tool_call>"],
    between: ["\n"],
    end: [],
  },
};

const [callsBegin, callsEnd] = ["<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"];
const [callBegin, callEnd, separator] = ["<｜tool▁call▁begin｜>", "<｜tool▁call▁end｜>", "<｜tool▁sep｜>"];

const knownSyntaxes: readonly KnownSyntax[] = [
  {
    marks: ["<|channel|>", "to=", "functions."],
    syntax: {
      kind: "channel",
      open: [],
      behind: [],
      written: {
        begin: [],
        beforeName: ["<|start|>", "assistant", "<|channel|>", "commentary to=functions."],
        beforeArguments: [" ", "<|constrain|>", "json", "<|message|>"],
        behindArguments: [],
        between: null,
        end: [],
      },
    },
  },
  {
    marks: ["<|tool_call>call:"],
    syntax: {
      kind: "notation",
      open: ["<|tool_call>"],
      close: "<tool_call|>",
      quote: '<|"|>',
      behind: [],
      written: {
        begin: [],
        beforeName: ["<|tool_call>", "call:"],
        beforeArguments: [],
        behindArguments: ["<tool_call|>"],
        between: [],
        end: [],
      },
    },
  },
  {
    marks: ["<tool_call>", "<function="],
    syntax: {
      kind: "markup",
      open: ["<tool_call>"],
      behind: ["</tool_call>"],
      written: {
        begin: [],
        beforeName: ["<tool_call>", "\n<function="],
        beforeArguments: [">\n"],
        behindArguments: ["</function>\n", "</tool_call>"],
        between: ["\n"],
        end: [],
      },
    },
  },
  { marks: ["<tool_call>"], syntax: hermesSyntax },
  {
    // R1 says what kind of tool and fences its arguments, later models neither.
    marks: [callsBegin, callBegin, "```json"],
    syntax: {
      kind: "json",
      open: [callsBegin, callBegin],
      header: new RegExp(
        `^\\s*(?:${callBegin})?\\s*function${separator}\\s*${name}\\s*(?:\`\`\`(?:json)?)?\\s*(?=\\{)`,
        "u",
      ),
      isWrapped: false,
      behind: ["```", callEnd, callsEnd],
      written: {
        begin: [callsBegin],
        beforeName: [callBegin, "function", separator],
        beforeArguments: ["\n```json\n"],
        behindArguments: ["\n```", callEnd],
        between: ["\n"],
        end: [callsEnd],
      },
    },
  },
  {
    marks: [callsBegin, callBegin],
    syntax: {
      kind: "json",
      open: [callsBegin, callBegin],
      header: new RegExp(`^\\s*(?:${callBegin})?\\s*${name}\\s*${separator}\\s*(?=\\{)`, "u"),
      isWrapped: false,
      behind: [callEnd, callsEnd],
      written: {
        begin: [callsBegin],
        beforeName: [callBegin],
        beforeArguments: [separator],
        behindArguments: [callEnd],
        between: [],
        end: [callsEnd],
      },
    },
  },
  {
    marks: ["[TOOL_CALLS]", "[ARGS]"],
    syntax: {
      kind: "json",
      open: ["[TOOL_CALLS]"],
      header: new RegExp(`^\\s*${name}(?:\\[CALL_ID\\]\\w+)?\\s*\\[ARGS\\]\\s*(?=\\{)`, "u"),
      isWrapped: false,
      behind: [],
      written: {
        begin: [],
        beforeName: ["[TOOL_CALLS]"],
        beforeArguments: ["[ARGS]"],
        behindArguments: [],
        between: [],
        end: [],
      },
    },
  },
  {
    marks: ["[TOOL_CALLS]"],
    syntax: {
      kind: "json",
      open: ["[TOOL_CALLS]"],
      header: objectHeader("\\[?\\s*"),
      isWrapped: true,
      behind: [",", "]"],
      written: {
        begin: ["[TOOL_CALLS]", "["],
        beforeName: ['{"name": "'],
        beforeArguments: ['", "arguments": '],
        behindArguments: ["}"],
        between: [", "],
        end: ["]"],
      },
    },
  },
  {
    marks: ["<|start_header_id|>", '{"name": "', '"parameters": '],
    syntax: {
      kind: "json",
      open: ["<|python_tag|>"],
      header: objectHeader(""),
      isWrapped: true,
      behind: [";"],
      written: {
        begin: [],
        beforeName: ['{"name": "'],
        beforeArguments: ['", "parameters": '],
        behindArguments: ["}"],
        between: null,
        end: [],
      },
    },
  },
];

/** Null where the template knows none that we do. */
export function findToolSyntax(template: string): ToolSyntax | null {
  const written = template.replaceAll("\\n", "\n");
  return knownSyntaxes.find(({ marks }) => marks.every((mark) => written.includes(mark)))?.syntax ?? null;
}

/** Whether an answer may begin with a call, without any mark in front. */
export function beginsBare({ written }: ToolSyntax): boolean {
  return [...written.begin, ...written.beforeName][0]?.startsWith("{") === true;
}

/** What may come as special tokens, which are no text of their own and yet part the calls. */
export function toolMarks({ open, behind, written, ...syntax }: ToolSyntax): readonly string[] {
  const own =
    syntax.kind === "notation" ? [(syntax as { close: string }).close, (syntax as { quote: string }).quote] : [];
  const all = [...open, ...behind, ...own, ...Object.values(written).flatMap((marks) => marks ?? [])];
  return [...new Set([...all, "[CALL_ID]"].filter((mark) => /^[<[].*[>\]]$/su.test(mark)))];
}
