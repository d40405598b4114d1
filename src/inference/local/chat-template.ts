// Turns a conversation into the prompt that a model was trained on, by the Jinja template inside its file. Nothing here
// knows a model family: what a template cannot do is found out by trying it.
import type { ModelMessage, ReasoningEffort, ToolDefinition } from "../model-call.ts";
import { findReasoningFamily, type ReasoningFamily } from "../reasoning/reasoning-family.ts";
import { withToolsInWords } from "../tools/describe-tools.ts";
import { findToolSyntax, hermesSyntax, type ToolSyntax } from "../tools/tool-syntax.ts";
import { compileTemplate, type ChatTemplateSource, type GivenVariables } from "./chat-template-compile.ts";
import { renderParts, withThought } from "./chat-template-parts.ts";
import { chooseSurroundings, findCallForm, listsTools, takesSystemMessages } from "./chat-template-probes.ts";
import { oneCallEach, plainCallForm, withDescriptions } from "./chat-template-tools.ts";
import type { PromptPart } from "./worker-protocol.ts";

/** ChatML, which most models without a template of their own understand. */
export const defaultChatTemplate =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

export interface ChatTemplate {
  /** How the model marks its thinking; null for one that does not think. */
  readonly reasoning: ReasoningFamily | null;
  /** How the model may write its calls of tools; the first is the one that it is told. */
  readonly toolSyntaxes: readonly ToolSyntax[];
  /** The template itself takes an effort of thinking. */
  readonly takesEffort: boolean;
  /**
   * The prompt for the next answer, or, with `continueLastMessage`, up to the end of the assistant's last text.
   * Throws AppError: invalid_request when the template refuses the conversation, model_file_invalid when it is broken.
   */
  render(messages: readonly ModelMessage[], options?: RenderOptions): readonly PromptPart[];
}

export interface RenderOptions {
  readonly continueLastMessage?: boolean;
  readonly tools?: readonly ToolDefinition[];
  readonly effort?: ReasoningEffort | undefined;
}

/** Compiles and tries the template. Throws AppError("model_file_invalid"). */
export function createChatTemplate(source: ChatTemplateSource): ChatTemplate {
  const template = source.template ?? defaultChatTemplate;
  const render = chooseSurroundings(source, compileTemplate(source, template));
  const foldsSystem = !takesSystemMessages(render);
  const reasoning = findReasoningFamily(template);
  const dropsThinking = template.includes("</think>");
  const form = findCallForm(render);
  const ownSyntax = findToolSyntax(template);
  const native = ownSyntax !== null && form !== null && listsTools(render) ? ownSyntax : null;

  const renderAll = (
    messages: readonly ModelMessage[],
    continueLastMessage: boolean,
    tools: readonly ToolDefinition[],
    effort: ReasoningEffort | undefined,
  ): readonly PromptPart[] => {
    const parts = { render, form: form ?? plainCallForm, tools, thinking: thinkingVariables(effort) };
    const last = messages.at(-1);
    const isOpen = continueLastMessage && last?.role === "assistant";
    // An answer of which nothing has arrived yet is simply to be given.
    const isEmpty = isOpen && last.content.trim() === "";
    let conversation = isEmpty ? messages.slice(0, -1) : messages;
    if (dropsThinking) conversation = withoutThinking(conversation, isOpen ? last : undefined);
    if (foldsSystem) conversation = foldSystem(conversation);
    if (isOpen && last.reasoning && reasoning !== null) {
      const before = isEmpty ? conversation : conversation.slice(0, -1);
      return withThought(renderParts(before, false, parts), reasoning, last.reasoning, last.content);
    }
    return renderParts(conversation, isOpen && !isEmpty, parts);
  };

  return {
    reasoning,
    takesEffort: template.includes("reasoning_effort"),
    // A model that knows a form of its own may fall back into it.
    toolSyntaxes: native === null ? [hermesSyntax, ...(ownSyntax === null ? [] : [ownSyntax])] : [native],
    render(messages, { continueLastMessage = false, tools = [], effort } = {}) {
      if (native === null || form === null)
        return renderAll(withToolsInWords(messages, tools), continueLastMessage, [], effort);
      const shaped = form.oneCallAlone ? oneCallEach(messages) : messages;
      try {
        return renderAll(shaped, continueLastMessage, tools, effort);
      } catch (error) {
        if (tools.length === 0) throw error;
        // Some templates cannot do without a description of each argument.
        return renderAll(shaped, continueLastMessage, withDescriptions(tools), effort);
      }
    },
  };
}

/** Under the names that templates know. Those that take an effort know three. */
function thinkingVariables(effort: ReasoningEffort | undefined): Omit<GivenVariables, "tools"> {
  if (effort === undefined) return {};
  const isOn = effort !== "none";
  const level = { none: "low", minimal: "low", low: "low", medium: "medium", high: "high", xhigh: "high", max: "high" };
  return { enable_thinking: isOn, thinking: isOn, reasoning_effort: level[effort] };
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
