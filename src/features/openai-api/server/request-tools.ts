// What `tools`, `tool_choice` and `parallel_tool_calls` ask for, as the model call's own form.
import type { ModelCallRequest, ToolChoice, ToolDefinition } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ChatCompletionRequest, Tool } from "../contract.ts";

type ToolFields = Pick<ModelCallRequest, "tools" | "toolChoice" | "parallelToolCalls">;
type Asked = Pick<ChatCompletionRequest, "tools" | "tool_choice" | "parallel_tool_calls">;

/** Nothing where there are no tools. Throws invalid_request or unsupported_parameter, naming the field. */
export function readTools({ tools, tool_choice: choice, parallel_tool_calls: parallel }: Asked): ToolFields {
  const read = (tools ?? []).map((tool, index) => readTool(tool, `tools[${index}]`));
  const names = read.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid("tools", `two have the name ${twice}`);
  const toolChoice = readChoice(choice ?? "auto", names);
  if (read.length === 0) {
    if (toolChoice.mode === "required") throw invalid("tool_choice", "needs tools to choose from");
    return {};
  }
  return { tools: read, toolChoice, parallelToolCalls: parallel ?? true };
}

function readTool({ type, function: given }: Tool, place: string): ToolDefinition {
  if (type !== "function")
    throw new AppError("unsupported_parameter", { param: `${place}.type`, accepted: "function" });
  if (given == null) throw invalid(`${place}.function`, "must be an object");
  const { name, description, parameters, strict } = given;
  return {
    name,
    ...(description == null ? {} : { description }),
    ...(parameters == null ? {} : { parameters }),
    strict: strict ?? false,
  };
}

const modes = ["none", "auto", "required"] as const;

function readChoice(choice: NonNullable<Asked["tool_choice"]>, names: readonly string[]): ToolChoice {
  if (typeof choice === "string") {
    const mode = modes.find((each) => each === choice);
    if (mode === undefined) throw invalid("tool_choice", `must be ${modes.join(", ")} or an object`);
    return { mode, names: null };
  }
  if (choice["type"] === "function") {
    return { mode: "required", names: [nameIn(choice, "tool_choice", names)] };
  }
  if (choice["type"] === "allowed_tools") return readAllowed(choice["allowed_tools"], names);
  throw new AppError("unsupported_parameter", { param: "tool_choice.type", accepted: "function, allowed_tools" });
}

function readAllowed(allowed: unknown, names: readonly string[]): ToolChoice {
  const place = "tool_choice.allowed_tools";
  if (!isObject(allowed)) throw invalid(place, "must be an object");
  const { mode, tools } = allowed;
  if (mode !== "auto" && mode !== "required") throw invalid(`${place}.mode`, "must be auto or required");
  if (!Array.isArray(tools) || tools.length === 0) throw invalid(`${place}.tools`, "must be a list of tools");
  return { mode, names: tools.map((tool, index) => nameIn(tool, `${place}.tools[${index}]`, names)) };
}

function nameIn(value: unknown, place: string, names: readonly string[]): string {
  const named = isObject(value) && isObject(value["function"]) ? value["function"]["name"] : undefined;
  if (typeof named !== "string") throw invalid(`${place}.function.name`, "must be a string");
  if (!names.includes(named)) throw invalid(`${place}.function.name`, "must be the name of one of the tools");
  return named;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(param: string, problem: string): AppError {
  return new AppError("invalid_request", { problem: `${param}: ${problem}`, param });
}
