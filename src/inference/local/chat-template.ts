// Turns a conversation into the prompt that a model was trained on, by the Jinja template inside its file. Nothing here
// knows a model family: what a template cannot do is found out by trying it.
import { because } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";
import type { ModelMessage } from "../model-call.ts";
import { findReasoningFamily, type ReasoningFamily, writtenMarks } from "../reasoning/reasoning-family.ts";
import { reasoningStart } from "../reasoning/split-reasoning.ts";
import { type BoundedTemplate, compileBounded, TemplateTooCostly } from "./chat-template-interpreter.ts";
import { createMarks, type Marks } from "./chat-template-marks.ts";
import type { PromptPart } from "./worker-protocol.ts";

/** ChatML, which most models without a template of their own understand. */
export const defaultChatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

export interface ChatTemplateSource {
  /** Name of the model file, for errors. */
  readonly fileName: string;
  /** Null means ChatML. */
  readonly template: string | null;
  readonly bosToken: string | null;
  readonly eosToken: string | null;
}

export interface ChatTemplate {
  /** How the model marks its thinking; null for one that does not think. */
  readonly reasoning: ReasoningFamily | null;
  /**
   * The prompt for the next answer, or, with `continueLastMessage`, up to the end of the assistant's last text.
   * Throws AppError: invalid_request when the template refuses the conversation, model_file_invalid when it is broken.
   */
  render(
    messages: readonly ModelMessage[],
    options?: { readonly continueLastMessage?: boolean },
  ): readonly PromptPart[];
}

type Render = (messages: readonly ModelMessage[], addGenerationPrompt: boolean) => string;
type RenderIn = (surrounding: Readonly<Record<string, unknown>>) => Render;

/** What a template may want to see beside the conversation; the first that works is taken. */
const surroundings: readonly Readonly<Record<string, unknown>>[] = [{}, { tools: [] }, { tools: null }];

/** Compiles and tries the template. Throws AppError("model_file_invalid"). */
export function createChatTemplate(source: ChatTemplateSource): ChatTemplate {
  const template = source.template ?? defaultChatTemplate;
  const render = chooseSurroundings(source, compile(source, template));
  const foldsSystem = !takesSystemMessages(render);
  const reasoning = findReasoningFamily(template);
  const dropsThinking = template.includes("</think>");
  return {
    reasoning,
    render(messages, { continueLastMessage = false } = {}) {
      const last = messages.at(-1);
      const isOpen = continueLastMessage && last?.role === "assistant";
      // An answer of which nothing has arrived yet is simply to be given.
      const isEmpty = isOpen && last.content.trim() === "";
      let conversation = isEmpty ? messages.slice(0, -1) : messages;
      if (dropsThinking) conversation = withoutThinking(conversation, isOpen ? last : undefined);
      if (foldsSystem) conversation = foldSystem(conversation);
      if (isOpen && last.reasoning && reasoning !== null) {
        const before = isEmpty ? conversation : conversation.slice(0, -1);
        return withThought(renderParts(before, false, render), reasoning, last.reasoning, last.content);
      }
      return renderParts(conversation, isOpen && !isEmpty, render);
    },
  };
}

function compile(source: ChatTemplateSource, template: string): RenderIn {
  let compiled: BoundedTemplate;
  try {
    compiled = compileBounded(template);
  } catch (error) {
    throw brokenTemplate(source, messageOf(error), error);
  }
  const fixed = { bos_token: source.bosToken ?? "", eos_token: source.eosToken ?? "", enable_thinking: true };
  return (surrounding) => (messages, addGenerationPrompt) => {
    const lengthOf = ({ content, reasoning = "" }: ModelMessage) => content.length + 3 * reasoning.length;
    const characters = messages.reduce((sum, message) => sum + lengthOf(message), 0);
    try {
      return compiled.render(
        { ...fixed, ...surrounding, messages, add_generation_prompt: addGenerationPrompt },
        characters,
      );
    } catch (error) {
      if (error instanceof TemplateTooCostly) throw brokenTemplate(source, `it takes ${error.message}`, error);
      throw error;
    }
  };
}

const rules: ModelMessage = { role: "system", content: "the rules" };
const question: ModelMessage = { role: "user", content: "the question" };

/** A template that cannot even render a question is broken. */
function chooseSurroundings(source: ChatTemplateSource, renderIn: RenderIn): Render {
  let firstError: unknown;
  for (const surrounding of surroundings) {
    const render = renderIn(surrounding);
    try {
      if (render([question], true).includes(question.content)) return render;
      firstError ??= new Error("it leaves out what a person asks");
    } catch (error) {
      if (error instanceof AppError) throw error;
      firstError ??= error;
    }
  }
  throw brokenTemplate(source, messageOf(firstError), firstError);
}

function takesSystemMessages(render: Render): boolean {
  try {
    const both = render([rules, question], true);
    return both.includes(rules.content) && both.includes(question.content);
  } catch (error) {
    if (error instanceof AppError) throw error;
    return false;
  }
}

function renderParts(messages: readonly ModelMessage[], continueLast: boolean, render: Render): readonly PromptPart[] {
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
  render: Render,
  marks: Marks,
): readonly PromptPart[] {
  const renderWith = (mark: (text: string) => string): readonly PromptPart[] | null => {
    const marked = messages.map(({ role, content, name, reasoning }) => ({
      role,
      content: mark(content),
      ...(name === undefined ? {} : { name: mark(name) }),
      ...(reasoning ? thoughtFields(mark(reasoning)) : {}),
    }));
    const rendered = render(marked, !continueLast);
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
function withThought(
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

/** The model's reasoning is not part of the conversation once the answer stands. */
function withoutThinking(messages: readonly ModelMessage[], except: ModelMessage | undefined): readonly ModelMessage[] {
  return messages.map((message) => {
    const end = message.content.lastIndexOf("</think>");
    if (message.role !== "assistant" || message === except || end === -1) return message;
    return { ...message, content: message.content.slice(end + "</think>".length).trimStart() };
  });
}

/** Puts system texts in front of the next person's message. */
function foldSystem(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const folded: ModelMessage[] = [];
  let waiting: string[] = [];
  for (const message of messages) {
    if (message.role === "system") waiting.push(message.content);
    else if (message.role === "user" && waiting.length > 0) {
      folded.push({ ...message, content: [...waiting, message.content].join("\n\n") });
      waiting = [];
    } else folded.push(message);
  }
  return waiting.length === 0 ? folded : [...folded, { role: "user", content: waiting.join("\n\n") }];
}

function mergeNeighbours(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const merged: ModelMessage[] = [];
  for (const message of messages) {
    const before = merged.at(-1);
    if (before?.role !== message.role) merged.push(message);
    else merged[merged.length - 1] = { ...before, content: `${before.content}\n\n${message.content}` };
  }
  return merged;
}

function refusedConversation(cause: unknown): AppError {
  const problem = `the model does not take this order of messages (${messageOf(cause)})`;
  return new AppError("invalid_request", { problem }, { cause });
}

function brokenTemplate(source: ChatTemplateSource, problem: string, cause?: unknown): AppError {
  return new AppError(
    "model_file_invalid",
    { file: source.fileName, ...because("model_template_broken", { it: problem }) },
    { cause },
  );
}

/** The template's own words go into messages, so they are kept short and on one line. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : "unknown error";
  return message.replace(/\s+/g, " ").slice(0, 200);
}
