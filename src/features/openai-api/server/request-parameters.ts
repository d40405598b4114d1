// What every known Chat Completions name does here. Nothing known is ignored in silence: a parameter is honoured, or
// only its neutral values pass, or it is a hint that changes no answer. Names that nobody documents pass unread.
import type { Lane, ModelCallRequest, ReasoningWish, ResponseFormat, Sampling } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ChatCompletionRequest, ServiceTier } from "../contract.ts";
import { readReasoning } from "./request-reasoning.ts";
import { readTools } from "./request-tools.ts";
import { readResponseFormat } from "./response-format.ts";

export type Treatment =
  | "honoured"
  /** Cannot change an answer, so keeping it or not is our business: identity for the cache's scope, cache hints. */
  | "hint"
  /** Not honoured yet: these values ask for nothing, every other one is refused. */
  | { readonly neutral: (value: unknown) => boolean; readonly meaning: string };

const maxBiases = 1_024;

const oneOf = (...values: readonly unknown[]): Treatment => ({
  neutral: (value) => values.includes(value),
  meaning: values.map((value) => JSON.stringify(value)).join(" or "),
});
const empty: Treatment = {
  neutral: (value) => typeof value === "object" && value !== null && Object.keys(value).length === 0,
  meaning: "an empty one",
};
const never: Treatment = { neutral: () => false, meaning: "null" };

export const parameterTreatments: Readonly<Record<string, Treatment>> = {
  model: "honoured",
  messages: "honoured",
  stream: "honoured",
  stream_options: "honoured",
  max_tokens: "honoured",
  max_completion_tokens: "honoured",
  temperature: "honoured",
  top_p: "honoured",
  top_k: "honoured",
  min_p: "honoured",
  repeat_penalty: "honoured",
  repetition_penalty: "honoured",
  presence_penalty: "honoured",
  frequency_penalty: "honoured",
  seed: "honoured",
  stop: "honoured",
  service_tier: "honoured",
  user: "hint",
  safety_identifier: "hint",
  metadata: "hint",
  prompt_cache_key: "honoured",
  prompt_cache_options: "hint",
  prompt_cache_retention: "hint",
  n: oneOf(1),
  logprobs: oneOf(false),
  top_logprobs: oneOf(0),
  logit_bias: "honoured",
  response_format: "honoured",
  grammar: "honoured",
  tools: "honoured",
  functions: empty,
  tool_choice: "honoured",
  function_call: oneOf("none", "auto"),
  parallel_tool_calls: "honoured",
  store: oneOf(false),
  reasoning_effort: "honoured",
  thinking: "honoured",
  enable_thinking: "honoured",
  thinking_budget: "honoured",
  chat_template_kwargs: "honoured",
  verbosity: oneOf("medium"),
  modalities: {
    neutral: (value) => Array.isArray(value) && value.every((each) => each === "text"),
    meaning: '["text"]',
  },
  audio: never,
  prediction: never,
  moderation: never,
  web_search_options: never,
  // Other servers' ways to force a shape: an answer without that shape would be wrong, not merely different.
  json_schema: never,
  guided_json: never,
  guided_regex: never,
  guided_choice: never,
  guided_grammar: never,
  structured_outputs: never,
};

export interface CompletionParameters {
  readonly sampling: Sampling;
  readonly maxOutputTokens: number | undefined;
  readonly stop: readonly string[];
  readonly responseFormat: ResponseFormat | undefined;
  readonly reasoning: ReasoningWish | undefined;
  readonly tools: Pick<ModelCallRequest, "tools" | "toolChoice" | "parallelToolCalls">;
  readonly logitBias: Readonly<Record<string, number>> | undefined;
  readonly stream: boolean;
  readonly includeUsage: boolean;
  readonly lane: Lane;
  readonly serviceTier: ServiceTier;
  /** Whom the calling program says it asks for; null when it does not say. */
  readonly endUser: string | null;
  /** What the calling program says which prompts are alike; null when it does not say. */
  readonly cacheKey: string | null;
}

/** Throws unsupported_parameter, or invalid_request where values contradict each other; both name the parameter. */
export function readParameters(body: ChatCompletionRequest): CompletionParameters {
  refuseWhatIsNotHonoured(body);
  const serviceTier = readServiceTier(body.service_tier);
  return {
    sampling: readSampling(body),
    maxOutputTokens: smallest(body.max_tokens, body.max_completion_tokens),
    stop: readStop(body.stop),
    responseFormat: readResponseFormat(body),
    reasoning: readReasoning(body),
    tools: readTools(body),
    logitBias: readLogitBias(body.logit_bias),
    stream: body.stream ?? false,
    includeUsage: readIncludeUsage(body),
    lane: serviceTier === "flex" ? "batch" : "api",
    serviceTier,
    endUser: body.safety_identifier ?? body.user ?? null,
    cacheKey: body.prompt_cache_key ?? null,
  };
}

function refuseWhatIsNotHonoured(body: ChatCompletionRequest): void {
  for (const [name, value] of Object.entries(body)) {
    const treatment = Object.hasOwn(parameterTreatments, name) ? parameterTreatments[name] : undefined;
    if (value == null || treatment === undefined || typeof treatment === "string") {
      continue;
    }
    if (!treatment.neutral(value)) {
      throw new AppError("unsupported_parameter", { param: name, accepted: treatment.meaning });
    }
  }
}

function readSampling(body: ChatCompletionRequest): Sampling {
  return {
    temperature: body.temperature ?? undefined,
    topP: body.top_p ?? undefined,
    // -1 and 0 both mean "all tokens" in the wild; the engine's word for it is 0.
    topK: body.top_k == null ? undefined : Math.max(0, Math.min(body.top_k, 2 ** 31 - 1)),
    minP: body.min_p ?? undefined,
    repeatPenalty: body.repeat_penalty ?? body.repetition_penalty ?? undefined,
    presencePenalty: body.presence_penalty ?? undefined,
    frequencyPenalty: body.frequency_penalty ?? undefined,
    // The engine's seed has 32 bits; the same number always gives the same seed.
    seed: body.seed == null ? undefined : Number(BigInt.asUintN(32, BigInt(body.seed))),
  };
}

function readStop(stop: ChatCompletionRequest["stop"]): readonly string[] {
  const stops = typeof stop === "string" ? [stop] : (stop ?? []);
  if (stops.includes("")) {
    throw new AppError("invalid_request", { problem: "stop: must not be empty", param: "stop" });
  }
  return stops;
}

/** Undefined where it asks for nothing. */
function readLogitBias(biases: ChatCompletionRequest["logit_bias"]): Readonly<Record<string, number>> | undefined {
  const entries = Object.entries(biases ?? {});
  if (entries.length === 0) return undefined;
  if (entries.length > maxBiases || entries.some(([token]) => !/^\d{1,9}$/.test(token))) {
    const problem = `logit_bias: must have at most ${maxBiases} token ids, as whole numbers`;
    throw new AppError("invalid_request", { problem, param: "logit_bias" });
  }
  return Object.fromEntries(entries);
}

function readIncludeUsage({ stream, stream_options: options }: ChatCompletionRequest): boolean {
  if (options && !stream) {
    const problem = "stream_options: only together with stream: true";
    throw new AppError("invalid_request", { problem, param: "stream_options" });
  }
  if (options?.include_obfuscation) {
    throw new AppError("unsupported_parameter", { param: "stream_options.include_obfuscation", accepted: "false" });
  }
  return options?.include_usage ?? false;
}

function readServiceTier(tier: string | null | undefined): ServiceTier {
  if (tier == null || tier === "auto" || tier === "default") {
    return "default";
  }
  if (tier === "flex") {
    return "flex";
  }
  throw new AppError("unsupported_parameter", { param: "service_tier", accepted: "auto, default or flex" });
}

function smallest(...limits: readonly (number | null | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit != null);
  return given.length === 0 ? undefined : Math.min(...given);
}
