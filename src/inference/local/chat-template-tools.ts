// Tools, calls and results in the shape that templates read them in. What callers wrote in them stays text, like all else
// that is typed: also a description may hold something that looks like a special token.
import { createHash } from "node:crypto";
import type { ModelMessage, ToolCall, ToolDefinition } from "../model-call.ts";
import type { Marks } from "./chat-template-marks.ts";

/** How a template wants a message with calls; found by trying. */
export interface CallForm {
  readonly emptyContent: null | "";
  readonly argumentsAre: "object" | "text";
  /** The template shows one call of a message alone. */
  readonly oneCallAlone: boolean;
}

export const plainCallForm: CallForm = { emptyContent: "", argumentsAre: "object", oneCallAlone: false };

type TextMarks = Pick<Marks, "wrapped" | "harmless">;

export function toolsForTemplate(tools: readonly ToolDefinition[], marks: TextMarks): readonly unknown[] {
  return tools.map(({ name, description = "", parameters = { type: "object", properties: {} } }) => ({
    type: "function",
    function: { name, description: marks.wrapped(description), parameters: markValue(parameters, marks) },
  }));
}

/** What a message has beside its text. The template may write a result as JSON, so its signs are there as they are. */
export function callFields(message: ModelMessage, form: CallForm, marks: TextMarks): Readonly<Record<string, unknown>> {
  const { role, content, toolCalls, toolCallId } = message;
  if (role === "tool") {
    return {
      content: marks.wrapped(content),
      ...(toolCallId === undefined ? {} : { tool_call_id: shortId(toolCallId) }),
    };
  }
  if (toolCalls === undefined) return {};
  return {
    ...(content.trim() === "" ? { content: form.emptyContent } : {}),
    tool_calls: toolCalls.map(({ id, name, arguments: given }) => ({
      id: shortId(id),
      type: "function",
      function: { name: marks.harmless(name), arguments: argumentsFor(given, form, marks) },
    })),
  };
}

function argumentsFor(given: string, { argumentsAre }: CallForm, marks: TextMarks): unknown {
  if (argumentsAre === "text") return marks.wrapped(given);
  const value = parseObject(given);
  return value === null ? marks.wrapped(given) : markValue(value, marks);
}

function parseObject(json: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** Names of types and of arguments are compared by templates, all other strings are only shown. */
function markValue(value: unknown, marks: TextMarks, key = ""): unknown {
  if (typeof value === "string") {
    if (key === "required") return marks.harmless(value);
    return key === "type" && /^[a-z]+$/u.test(value) ? value : marks.wrapped(value);
  }
  if (Array.isArray(value)) return value.map((each) => markValue(each, marks, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [marks.harmless(name), markValue(each, marks, name)]),
  );
}

/** Some templates take nine letters and digits and nothing else; no template minds them. */
function shortId(id: string): string {
  if (/^[A-Za-z0-9]{9}$/u.test(id)) return id;
  return BigInt(`0x${createHash("sha256").update(id).digest("hex")}`)
    .toString(36)
    .slice(0, 9);
}

/** Every argument with a description, an empty one too. */
export function withDescriptions(tools: readonly ToolDefinition[]): readonly ToolDefinition[] {
  return tools.map((tool) => {
    const { properties } = (tool.parameters ?? {}) as { properties?: Readonly<Record<string, unknown>> };
    if (typeof properties !== "object" || properties === null) return tool;
    const described = Object.entries(properties).map(([name, schema]) => [
      name,
      typeof schema === "object" ? { description: "", ...schema } : schema,
    ]);
    return { ...tool, parameters: { ...(tool.parameters as object), properties: Object.fromEntries(described) } };
  });
}

/** Each call in a message of its own, with its result right behind it. */
export function oneCallEach(messages: readonly ModelMessage[]): readonly ModelMessage[] {
  const split: ModelMessage[] = [];
  const moved = new Set<ModelMessage>();
  const resultOf = (call: ToolCall, from: number) =>
    messages.slice(from).find((message) => message.toolCallId === call.id && !moved.has(message));
  for (const [index, message] of messages.entries()) {
    const { toolCalls = [] } = message;
    if (moved.has(message)) continue;
    if (toolCalls.length < 2) {
      split.push(message);
      continue;
    }
    for (const [at, call] of toolCalls.entries()) {
      const { reasoning: _, ...withoutThought } = message;
      split.push(at === 0 ? { ...message, toolCalls: [call] } : { ...withoutThought, content: "", toolCalls: [call] });
      const result = resultOf(call, index + 1);
      if (result === undefined) continue;
      moved.add(result);
      split.push(result);
    }
  }
  return split;
}
