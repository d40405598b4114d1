// What a template can do is found out by trying it on small conversations.
import { AppError } from "../../platform/errors.ts";
import type { ModelMessage, ToolDefinition } from "../model-call.ts";
import {
  brokenTemplate,
  type ChatTemplateSource,
  messageOf,
  type Render,
  type RenderIn,
} from "./chat-template-compile.ts";
import { callFields, type CallForm, oneCallEach, toolsForTemplate } from "./chat-template-tools.ts";

/** What a template may want to see beside the conversation; the first that works is taken. */
const surroundings: readonly Readonly<Record<string, unknown>>[] = [{}, { tools: [] }, { tools: null }];

const rules = { role: "system", content: "the rules" };
const question = { role: "user", content: "the question" };
const tool: ToolDefinition = {
  name: "the_tool",
  description: "the purpose",
  parameters: { type: "object", properties: { the_key: { type: "string", description: "the meaning" } } },
  strict: false,
};
const call = (value: string, id: string) => ({ id, name: tool.name, arguments: JSON.stringify({ the_key: value }) });
const asIs = { wrapped: (text: string) => text, harmless: (text: string) => text };
const callForms: readonly CallForm[] = [false, true].flatMap((oneCallAlone) =>
  (["object", "text"] as const).flatMap((argumentsAre) =>
    [null, "" as const].map((emptyContent) => ({ emptyContent, argumentsAre, oneCallAlone })),
  ),
);

/** A template that cannot even render a question is broken. */
export function chooseSurroundings(source: ChatTemplateSource, renderIn: RenderIn): Render {
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

export function takesSystemMessages(render: Render): boolean {
  try {
    const both = render([rules, question], true);
    return both.includes(rules.content) && both.includes(question.content);
  } catch (error) {
    if (error instanceof AppError) throw error;
    return false;
  }
}

/** The first form in which two calls and their results are all to be seen; null where there is none. */
export function findCallForm(render: Render): CallForm | null {
  const [one, other] = [call("one value", "a1b2c3d4e"), call("other value", "e4d3c2b1a")];
  const messages: readonly ModelMessage[] = [
    { role: "user", content: question.content },
    { role: "assistant", content: "", toolCalls: [one, other] },
    { role: "tool", content: "one result", toolCallId: one.id },
    { role: "tool", content: "other result", toolCallId: other.id },
  ];
  const isShown = (form: CallForm) => {
    const shaped = (form.oneCallAlone ? oneCallEach(messages) : messages).map(({ role, content, ...rest }) => ({
      role,
      content,
      ...callFields({ role, content, ...rest }, form, asIs),
    }));
    const shown = render(shaped, true, { tools: toolsForTemplate([tool], asIs) });
    return ["one value", "other value", "one result", "other result"].every((text) => shown.includes(text));
  };
  for (const form of callForms) {
    try {
      if (isShown(form)) return form;
    } catch (error) {
      // One that takes too long for this is not asked again.
      if (error instanceof AppError) return null;
    }
  }
  return null;
}

export function listsTools(render: Render): boolean {
  try {
    const shown = render([question], true, { tools: toolsForTemplate([tool], asIs) });
    return [tool.name, tool.description as string, "the_key"].every((text) => shown.includes(text));
  } catch {
    return false;
  }
}
