// One rendering as parts: what the template says, and what people, models and tools have said.
import { AppError } from "../../platform/errors.ts";
import type { ModelMessage, ToolDefinition } from "../model-call.ts";
import { type ReasoningFamily, writtenMarks } from "../reasoning/reasoning-family.ts";
import { reasoningStart } from "../reasoning/split-reasoning.ts";
import { type GivenVariables, messageOf, type Render } from "./chat-template-compile.ts";
import { createMarks, type Marks } from "./chat-template-marks.ts";
import { callFields, type CallForm, toolsForTemplate } from "./chat-template-tools.ts";
import type { PromptPart } from "./worker-protocol.ts";

interface RenderParts {
  readonly render: Render;
  readonly form: CallForm;
  readonly tools: readonly ToolDefinition[];
  /** What the template is told of thinking. */
  readonly thinking: Omit<GivenVariables, "tools">;
}

/** Throws AppError("invalid_request") where the template refuses the conversation. */
export function renderParts(
  messages: readonly ModelMessage[],
  continueLast: boolean,
  render: RenderParts,
): readonly PromptPart[] {
  const marks = createMarks();
  try {
    return chooseParts(messages, continueLast, render, marks);
  } catch (error) {
    if (error instanceof AppError) throw error;
    // Many templates want the roles to alternate; two messages in a row say the same as one with both texts.
    const merged = mergeNeighbours(messages);
    if (merged.length === messages.length) throw refusedConversation(error);
    try {
      return chooseParts(merged, continueLast, render, marks);
    } catch (again) {
      throw again instanceof AppError ? again : refusedConversation(again);
    }
  }
}

/**
 * Renders twice: with stand-ins, and with the texts themselves made harmless. Where both have the same control text, the
 * template does not look into texts and the first is exact; where it does look (a switch word), the second is right.
 */
function chooseParts(
  messages: readonly ModelMessage[],
  continueLast: boolean,
  { render, form, tools, thinking }: RenderParts,
  marks: Marks,
): readonly PromptPart[] {
  const given = { ...thinking, ...(tools.length === 0 ? {} : { tools: toolsForTemplate(tools, marks) }) };
  const renderWith = (mark: (text: string) => string): readonly PromptPart[] | null => {
    const marked = messages.map((message) => ({
      role: message.role,
      content: mark(message.content),
      ...(message.name === undefined ? {} : { name: mark(message.name) }),
      ...(message.reasoning ? thoughtFields(mark(message.reasoning)) : {}),
      ...callFields(message, form, marks),
    }));
    const rendered = render(marked, !continueLast, given);
    return marks.split(continueLast ? marks.upToLastMark(rendered) : rendered);
  };
  const opaque = renderWith(marks.opaque);
  const wrapped = renderWith(marks.wrapped);
  const chosen = wrapped !== null && (opaque === null || controlOf(opaque) !== controlOf(wrapped)) ? wrapped : opaque;
  const parts = chosen ?? [];
  if (!continueLast) return parts;
  const trailingSpace = /\s*$/u.exec(messages.at(-1)?.content ?? "")?.[0] ?? "";
  return trailingSpace === "" ? parts : [...parts, { kind: "text", text: trailingSpace }];
}

/** Each under the name that some template knows it by; which thinking is told again is the template's choice. */
function thoughtFields(text: string): Readonly<Record<string, string>> {
  return { reasoning: text, reasoning_content: text, thinking: text };
}

/** Goes on behind what was thought, and said, as if the model had just written it: templates take thinking out. */
export function withThought(
  prompt: readonly PromptPart[],
  family: ReasoningFamily,
  thought: string,
  said: string,
): readonly PromptPart[] {
  const { open, close } = writtenMarks(family);
  const end = prompt.at(-1);
  const isOpened = end?.kind === "control" && reasoningStart(family, end.text) === "reasoning";
  return [
    ...prompt,
    ...(isOpened ? [] : [{ kind: "control", text: open } as const]),
    { kind: "text", text: thought },
    ...(said.trim() === "" ? [] : [{ kind: "control", text: close } as const, { kind: "text", text: said } as const]),
  ];
}

function controlOf(parts: readonly PromptPart[]): string {
  return parts.map((part) => (part.kind === "control" ? part.text : "\0")).join("");
}

function mergeNeighbours(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const merged: ModelMessage[] = [];
  for (const message of messages) {
    const before = merged.at(-1);
    const isOfTools = message.role === "tool" || message.toolCalls !== undefined || before?.toolCalls !== undefined;
    if (before?.role !== message.role || isOfTools) merged.push(message);
    else merged[merged.length - 1] = { ...before, content: `${before.content}\n\n${message.content}` };
  }
  return merged;
}

function refusedConversation(cause: unknown): AppError {
  const problem = `the model does not take this order of messages (${messageOf(cause)})`;
  return new AppError("invalid_request", { problem }, { cause });
}
