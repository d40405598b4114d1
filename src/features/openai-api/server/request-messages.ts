// A request's messages as the model's port knows them: text, and calls of tools with their results. What a message carries
// beyond is refused by name, since an answer that never saw a picture would look like one that did.
import type { ModelMessage, Role, ToolCall } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ChatMessage } from "../contract.ts";

const roles: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
  tool: "tool",
};
/** OpenAI's older form of a tool's result, which has no call to answer. */
const oldRole = "function";
const fieldsNotTaken = ["function_call", "audio", "refusal"];

/** Throws unsupported_parameter or invalid_request, naming the field as `messages[2].content[0].type`. */
export function readMessages(messages: readonly ChatMessage[]): ModelMessage[] {
  const asked = new Set<string>();
  return messages.map((message, index) => {
    const read = readMessage(message, `messages[${index}]`);
    for (const { id } of read.toolCalls ?? []) asked.add(id);
    if (read.toolCallId !== undefined && !asked.has(read.toolCallId)) {
      throw invalid(`messages[${index}].tool_call_id`, "must be the id of a call in an earlier message");
    }
    return read;
  });
}

function readMessage(message: ChatMessage, place: string): ModelMessage {
  const role = readRole(message.role, `${place}.role`);
  for (const field of fieldsNotTaken) {
    const value = message[field];
    if (value != null && !(Array.isArray(value) && value.length === 0)) {
      throw new AppError("unsupported_parameter", { param: `${place}.${field}`, accepted: "null" });
    }
  }
  const toolCalls = role === "assistant" ? readToolCalls(message.tool_calls ?? [], `${place}.tool_calls`) : [];
  const isSilent = toolCalls.length > 0 && message.content == null;
  const content = isSilent ? "" : readContent(message.content, `${place}.content`);
  if (role === "tool" && !message.tool_call_id) throw invalid(`${place}.tool_call_id`, "must be the id of a call");
  const reasoning = role === "assistant" ? message.reasoning_content || message.reasoning : null;
  return {
    role,
    content,
    ...(message.name ? { name: message.name } : {}),
    ...(reasoning ? { reasoning } : {}),
    ...(toolCalls.length > 0 ? { toolCalls } : {}),
    ...(role === "tool" ? { toolCallId: message.tool_call_id as string } : {}),
  };
}

function readToolCalls(calls: NonNullable<ChatMessage["tool_calls"]>, place: string): readonly ToolCall[] {
  return calls.map(({ id, type, function: given }, index) => {
    if (type != null && type !== "function") {
      throw new AppError("unsupported_parameter", { param: `${place}[${index}].type`, accepted: "function" });
    }
    if (given == null) throw invalid(`${place}[${index}].function`, "must be an object");
    return { id, name: given.name, arguments: given.arguments };
  });
}

function readRole(name: string, place: string): Role {
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  if (role) {
    return role;
  }
  if (name === oldRole) {
    throw new AppError("unsupported_parameter", { param: place, accepted: Object.keys(roles).join(", ") });
  }
  throw invalid(place, `must be one of ${Object.keys(roles).join(", ")}`);
}

function readContent(content: ChatMessage["content"], place: string): string {
  if (typeof content === "string") {
    return content;
  }
  if (content == null) {
    throw invalid(place, "must be a string or a list of content parts");
  }
  return content.map((part, index) => readPart(part, `${place}[${index}]`)).join("\n");
}

function readPart(part: { readonly type: string; readonly text?: unknown }, place: string): string {
  if (part.type !== "text") {
    throw new AppError("unsupported_parameter", { param: `${place}.type`, accepted: "text" });
  }
  if (typeof part.text !== "string") {
    throw invalid(`${place}.text`, "must be a string");
  }
  return part.text;
}

function invalid(param: string, problem: string): AppError {
  return new AppError("invalid_request", { problem: `${param}: ${problem}`, param });
}
