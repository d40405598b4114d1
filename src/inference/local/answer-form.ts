// What form an answer has: where the model thinks, which calls of tools it may make, and what grammar holds from where on.
import { prefixRules } from "../grammar/join-grammars.ts";
import type { ModelCallRequest, ReasoningEffort, ToolDefinition } from "../model-call.ts";
import { markTexts, type ReasoningFamily, writtenMarks } from "../reasoning/reasoning-family.ts";
import { createReasoningSplitter, reasoningStart, type ReasoningStart } from "../reasoning/split-reasoning.ts";
import { createToolCallReader } from "../tools/read-tool-calls.ts";
import { toolGrammar } from "../tools/tool-grammar.ts";
import { beginsBare, type ToolSyntax, toolMarks } from "../tools/tool-syntax.ts";
import type { ChatTemplate } from "./chat-template.ts";
import type { AnswerReaders } from "./local-engine-call.ts";
import type { AnswerGrammar, GrammarStart, PromptPart, ThinkingLimitWish } from "./worker-protocol.ts";

export interface AnswerForm {
  readonly prompt: readonly PromptPart[];
  readonly grammar: AnswerGrammar | null;
  readonly thinkingLimit: ThinkingLimitWish | null;
  /** Special tokens that the readers want to see. */
  readonly shownMarks: readonly string[];
  readonly readers: AnswerReaders;
}

type FormOf = Pick<
  ModelCallRequest,
  "messages" | "continueLastMessage" | "tools" | "toolChoice" | "parallelToolCalls" | "reasoning"
>;

/** Tokens of thinking for an effort, of models that take no effort themselves; any other effort has no bound. */
const tokensOfEffort: Partial<Readonly<Record<ReasoningEffort, number>>> = { minimal: 256, low: 1024, medium: 4096 };

/** `format`: the grammar of the response format, or null. Throws unsupported_schema and unsatisfiable_schema. */
export function answerForm(template: ChatTemplate, request: FormOf, format: string | null): AnswerForm {
  const { reasoning, toolSyntaxes } = template;
  const syntax = toolSyntaxes[0] as ToolSyntax;
  const tools = callableTools(request);
  const isRequired = tools.length > 0 && request.toolChoice?.mode === "required";
  const isParallel = request.parallelToolCalls !== false;
  const { effort, maxTokens } = request.reasoning ?? {};
  const rendered = template.render(request.messages, {
    effort,
    continueLastMessage: request.continueLastMessage === true,
    tools: request.toolChoice?.mode === "none" ? [] : (request.tools ?? []),
  });
  const begun = reasoning === null ? null : thinkingStart(reasoning, rendered, request);
  // Where the answer has a form to keep, thinking is begun for the model, so that its end is certain to be seen.
  const isEnforced = isRequired || format !== null;
  const ended = effort === "none" ? endOfThinking(reasoning, begun, tools.length > 0) : null;
  const opened =
    ended === null && begun === "open" && isEnforced ? writtenMarks(reasoning as ReasoningFamily).open : null;
  const start = ended !== null ? "text" : opened !== null ? "reasoning" : begun;
  const added = ended ?? opened;
  const prompt = added === null ? rendered : [...rendered, { kind: "control", text: added } as const];
  const limit = maxTokens ?? (template.takesEffort || effort === undefined ? undefined : tokensOfEffort[effort]);
  const wish = { syntax, tools, isRequired, isParallel, format };
  return {
    prompt,
    grammar: grammarOf(wish, reasoning, start),
    thinkingLimit: limit === undefined ? null : limitOf(reasoning, start, limit),
    shownMarks: [
      ...(reasoning === null ? [] : markTexts(reasoning)),
      ...(tools.length === 0 ? [] : toolSyntaxes.flatMap(toolMarks)),
    ],
    readers: {
      splitter:
        reasoning === null
          ? null
          : createReasoningSplitter(reasoning, start ?? "open", {
              tools: tools.map(({ name }) => name),
              isExact: isEnforced,
            }),
      toolCalls: tools.length === 0 || syntax.kind === "channel" ? null : createToolCallReader(toolSyntaxes, tools),
      maxToolCalls: isParallel ? Infinity : 1,
    },
  };
}

/** Those that the choice leaves. */
function callableTools({ tools = [], toolChoice }: FormOf): readonly ToolDefinition[] {
  if (toolChoice?.mode === "none") return [];
  const names = toolChoice?.names ?? null;
  return names === null ? tools : tools.filter(({ name }) => names.includes(name));
}

/** Where the thinking begins is to be seen in the prompt's end; an answer that goes on in its text is past it. */
function thinkingStart(
  reasoning: ReasoningFamily,
  prompt: readonly PromptPart[],
  { messages, continueLastMessage }: FormOf,
): ReasoningStart {
  const last = messages.at(-1);
  const isContinued = continueLastMessage === true && last?.role === "assistant";
  if (isContinued && last.content.trim() !== "") return "text";
  if (isContinued && last.reasoning) return "reasoning";
  const end = prompt.at(-1);
  return reasoningStart(reasoning, end?.kind === "control" ? end.text : "");
}

/**
 * What ends the thinking before it begins; null where there is none to end. A channel's answer leaves no way to a tool, so
 * there it is only kept short.
 */
function endOfThinking(
  reasoning: ReasoningFamily | null,
  begun: ReasoningStart | null,
  hasTools: boolean,
): string | null {
  if (reasoning === null || begun === "text") return null;
  const { open, close } = writtenMarks(reasoning);
  if (reasoning.kind === "pair") return begun === "reasoning" ? close.trimStart() : open + close;
  return hasTools || begun === "reasoning" ? null : reasoning.channel + reasoning.answer + reasoning.message;
}

function limitOf(
  reasoning: ReasoningFamily | null,
  start: ReasoningStart | null,
  tokens: number,
): ThinkingLimitWish | null {
  if (reasoning === null || start === null || start === "text") return null;
  const { close } = writtenMarks(reasoning);
  if (reasoning.kind === "pair") {
    return { tokens, end: { thinking: thinkingOf(reasoning, start), marks: [], isNeeded: true }, close };
  }
  const ends = reasoning.ends.filter((mark) => mark !== reasoning.channel);
  const marks = [...ends, reasoning.channel + reasoning.answer, `${reasoning.channel}commentary`];
  return { tokens, end: { thinking: null, marks, isNeeded: true }, close };
}

interface FormWish {
  readonly syntax: ToolSyntax;
  readonly tools: readonly ToolDefinition[];
  readonly isRequired: boolean;
  readonly isParallel: boolean;
  readonly format: string | null;
}

function grammarOf(
  wish: FormWish,
  reasoning: ReasoningFamily | null,
  start: ReasoningStart | null,
): AnswerGrammar | null {
  const { syntax, tools, isRequired, isParallel, format } = wish;
  if (isRequired || (format !== null && tools.length === 0)) {
    const grammar = isRequired
      ? toolGrammar(syntax, tools, { isParallel, isBegun: false })
      : { text: format as string };
    return withStart(grammar, neededStart(reasoning, start, isRequired));
  }
  if (tools.length === 0) return null;
  if (format !== null) {
    // Harmony parts the two by its channels, so that the format holds on its own.
    if (syntax.kind === "channel") return withStart({ text: format }, neededStart(reasoning, start, false, false));
    const calls = toolGrammar(syntax, tools, { isParallel, isBegun: false });
    const text = `root ::= c-root | f-root\n${prefixRules(calls.text, "c-")}${prefixRules(format, "f-")}`;
    return withStart({ text, marks: calls.marks }, neededStart(reasoning, start, false));
  }
  const mark = [...syntax.written.begin, ...syntax.written.beforeName][0] as string;
  if (syntax.kind === "channel" || beginsBare(syntax)) return null;
  return withStart(toolGrammar(syntax, tools, { isParallel, isBegun: true }), {
    thinking: start === null || start === "text" || reasoning?.kind !== "pair" ? null : thinkingOf(reasoning, start),
    marks: [mark],
    isNeeded: false,
  });
}

function withStart(grammar: Omit<AnswerGrammar, "start">, start: GrammarStart | null): AnswerGrammar {
  return start === null ? grammar : { ...grammar, start };
}

function thinkingOf({ open, close }: Extract<ReasoningFamily, { kind: "pair" }>, start: ReasoningStart) {
  return { open, close, isOpen: start === "reasoning" };
}

/** Null where it holds from the first token on. */
function neededStart(
  reasoning: ReasoningFamily | null,
  start: ReasoningStart | null,
  isOfCalls: boolean,
  isNeeded = true,
): GrammarStart | null {
  if (reasoning === null || start === null || start === "text") return null;
  if (reasoning.kind === "pair") return { thinking: thinkingOf(reasoning, start), marks: [], isNeeded };
  const answer = `${reasoning.channel}${reasoning.answer}`;
  const headers = [reasoning.message, " <|constrain|>json<|message|>", " json<|message|>"].map((end) => answer + end);
  return { thinking: null, marks: isOfCalls ? ["<|end|>"] : headers, isNeeded };
}
