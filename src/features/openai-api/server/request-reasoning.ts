// How much a model is to think, under the names of OpenAI and of other servers, as the model call's own form.
import { type ReasoningEffort, reasoningEfforts, type ReasoningWish } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ChatCompletionRequest } from "../contract.ts";

type Asked = Pick<
  ChatCompletionRequest,
  "reasoning_effort" | "thinking" | "enable_thinking" | "thinking_budget" | "chat_template_kwargs"
>;

const templateNames = ["enable_thinking", "thinking", "reasoning_effort", "thinking_budget"];

/** Undefined where nothing is asked for. Throws invalid_request or unsupported_parameter, naming the field. */
export function readReasoning(asked: Asked): ReasoningWish | undefined {
  const kwargs = asked.chat_template_kwargs ?? {};
  const unknown = Object.keys(kwargs).find((name) => !templateNames.includes(name));
  if (unknown !== undefined) {
    const param = `chat_template_kwargs.${unknown}`;
    throw new AppError("unsupported_parameter", { param, accepted: templateNames.join(", ") });
  }
  const type = asked.thinking?.type ?? "enabled";
  if (!["enabled", "disabled"].includes(type)) throw invalid("thinking.type", "must be enabled or disabled");
  const switches = [asked.enable_thinking, kwargs["enable_thinking"], kwargs["thinking"]];
  const isOff = switches.includes(false) || type === "disabled";
  const effort = isOff ? "none" : readEffort(asked.reasoning_effort ?? kwargs["reasoning_effort"]);
  const maxTokens = asked.thinking_budget ?? asked.thinking?.budget_tokens ?? readBudget(kwargs["thinking_budget"]);
  if (effort === undefined && maxTokens === undefined) return undefined;
  return { ...(effort === undefined ? {} : { effort }), ...(maxTokens === undefined ? {} : { maxTokens }) };
}

function readEffort(effort: unknown): ReasoningEffort | undefined {
  if (effort == null) return undefined;
  const known = reasoningEfforts.find((each) => each === effort);
  if (known === undefined) throw invalid("reasoning_effort", `must be one of ${reasoningEfforts.join(", ")}`);
  return known;
}

function readBudget(budget: unknown): number | undefined {
  if (budget == null) return undefined;
  if (typeof budget === "number" && Number.isSafeInteger(budget) && budget >= 0) return budget;
  throw invalid("chat_template_kwargs.thinking_budget", "must be a whole number");
}

function invalid(param: string, problem: string): AppError {
  return new AppError("invalid_request", { problem: `${param}: ${problem}`, param });
}
