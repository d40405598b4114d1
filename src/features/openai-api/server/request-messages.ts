// A request's messages as the model's port knows them. Text alone so far: what a message carries beyond it is refused
// by name, since an answer that never saw a picture or a tool's result would look like one that did.
import type { ModelMessage, Role } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ChatMessage } from "../contract.ts";

const roles: Readonly<Record<string, Role>> = {
  system: "system",
  developer: "system",
  user: "user",
  assistant: "assistant",
};
const rolesOfTools = ["tool", "function"];
const fieldsBeyondText = ["tool_calls", "function_call", "audio", "refusal"];

/** Throws unsupported_parameter or invalid_request, naming the field as `messages[2].content[0].type`. */
export function readMessages(messages: readonly ChatMessage[]): ModelMessage[] {
  return messages.map((message, index) => readMessage(message, `messages[${index}]`));
}

function readMessage(message: ChatMessage, place: string): ModelMessage {
  const role = readRole(message.role, `${place}.role`);
  for (const field of fieldsBeyondText) {
    const value = message[field];
    if (value != null && !(Array.isArray(value) && value.length === 0)) {
      throw new AppError("unsupported_parameter", { param: `${place}.${field}`, accepted: "null" });
    }
  }
  const content = readContent(message.content, `${place}.content`);
  const reasoning = role === "assistant" ? message.reasoning_content || message.reasoning : null;
  return {
    role,
    content,
    ...(message.name ? { name: message.name } : {}),
    ...(reasoning ? { reasoning } : {}),
  };
}

function readRole(name: string, place: string): Role {
  const role = Object.hasOwn(roles, name) ? roles[name] : undefined;
  if (role) {
    return role;
  }
  if (rolesOfTools.includes(name)) {
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
