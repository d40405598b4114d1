// What form an answer has: where the model thinks, which calls of tools it may make, and what grammar holds from where on.
import { prefixRules } from "../grammar/join-grammars.ts";
import type { ModelCallRequest, ToolDefinition } from "../model-call.ts";
import { markTexts, type ReasoningFamily, writtenMarks } from "../reasoning/reasoning-family.ts";
import { createReasoningSplitter, reasoningStart, type ReasoningStart } from "../reasoning/split-reasoning.ts";
import { createToolCallReader } from "../tools/read-tool-calls.ts";
import { toolGrammar } from "../tools/tool-grammar.ts";
import { beginsBare, type ToolSyntax, toolMarks } from "../tools/tool-syntax.ts";
import type { ChatTemplate } from "./chat-template.ts";
import type { AnswerReaders } from "./local-engine-call.ts";
import type { AnswerGrammar, GrammarStart, PromptPart } from "./worker-protocol.ts";

export interface AnswerForm {
  readonly prompt: readonly PromptPart[];
  readonly grammar: AnswerGrammar | null;
  /** Special tokens that the readers want to see. */
  readonly shownMarks: readonly string[];
  readonly readers: AnswerReaders;
}

type FormOf = Pick<ModelCallRequest, "messages" | "continueLastMessage" | "tools" | "toolChoice" | "parallelToolCalls">;

/** `format`: the grammar of the response format, or null. Throws unsupported_schema and unsatisfiable_schema. */
export function answerForm(template: ChatTemplate, request: FormOf, format: string | null): AnswerForm {
  const { reasoning, toolSyntaxes } = template;
  const syntax = toolSyntaxes[0] as ToolSyntax;
  const tools = callableTools(request);
  const isRequired = tools.length > 0 && request.toolChoice?.mode === "required";
  const isParallel = request.parallelToolCalls !== false;
  const rendered = template.render(request.messages, {
    continueLastMessage: request.continueLastMessage === true,
    tools: request.toolChoice?.mode === "none" ? [] : (request.tools ?? []),
  });
  const begun = reasoning === null ? null : thinkingStart(reasoning, rendered, request);
  // Where the answer has a form to keep, thinking is begun for the model, so that its end is certain to be seen.
  const opens = begun === "open" && (isRequired || format !== null);
  const start = opens ? "reasoning" : begun;
  const prompt = opens ? [...rendered, opened(reasoning as ReasoningFamily)] : rendered;
  const wish = { syntax, tools, isRequired, isParallel, format };
  return {
    prompt,
    grammar: grammarOf(wish, reasoning, start),
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
              isExact: isRequired || format !== null,
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

function opened(reasoning: ReasoningFamily): PromptPart {
  return { kind: "control", text: writtenMarks(reasoning).open };
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
