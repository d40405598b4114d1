// The API that every client speaks: OpenAI's Chat Completions. Input is tolerant (unknown names pass, null means left
// out), output is exact. What a known name that is not honoured does is said in server/request-parameters.ts.
import * as z from "zod/mini";
import { endpoint } from "../../contract/endpoint.ts";

export const maxStopStrings = 4;

const number = (least: number, most: number) =>
  z.number("must be a number").check(z.gte(least, `must be at least ${least}`), z.lte(most, `must be at most ${most}`));
const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  number(least, most).check(z.int("must be a whole number"));
const optional = <Type extends z.ZodMiniType>(type: Type) => z.nullish(type);
const boolean = z.boolean("must be true or false");
const shortText = z.string("must be a string").check(z.maxLength(1_000, "must be at most 1000 characters"));
const list = z.array(z.unknown(), "must be a list");
const object = z.record(z.string(), z.unknown(), "must be an object");

const ContentPart = z.looseObject(
  { type: z.string("must be a string"), text: z.optional(z.unknown()) },
  "must be an object",
);

const toolName = z
  .string("must be a string")
  .check(z.regex(/^[\w.-]{1,64}$/, "must have 1 to 64 letters, digits, dots, dashes and underscores"));

/** A call that an assistant asked for. */
const SaidToolCall = z.looseObject(
  {
    id: z.string("must be a string").check(z.minLength(1, "must not be empty"), z.maxLength(200, "is too long")),
    type: optional(z.string("must be a string")),
    function: optional(z.looseObject({ name: toolName, arguments: z.string("must be a string") }, "must be an object")),
  },
  "must be an object",
);

const Tool = z.looseObject(
  {
    type: z.string("must be a string"),
    function: optional(
      z.looseObject(
        {
          name: toolName,
          description: optional(z.string("must be a string")),
          parameters: optional(object),
          strict: optional(boolean),
        },
        "must be an object",
      ),
    ),
  },
  "must be an object",
);
export type Tool = z.infer<typeof Tool>;

export const ChatMessage = z.looseObject(
  {
    role: z.string("must be a string"),
    content: optional(z.union([z.string(), z.array(ContentPart)], "must be a string or a list of content parts")),
    name: optional(shortText),
    tool_calls: optional(z.array(SaidToolCall, "must be a list of calls")),
    tool_call_id: optional(shortText),
    reasoning_content: optional(z.string("must be a string")),
    /** The same, as some servers call it. */
    reasoning: optional(z.string("must be a string")),
  },
  "must be an object",
);
export type ChatMessage = z.infer<typeof ChatMessage>;

const ResponseFormat = z.looseObject(
  {
    type: z.string("must be a string"),
    json_schema: optional(
      z.looseObject(
        {
          name: z.string("must be a string").check(z.minLength(1, "must not be empty"), z.maxLength(64, "is too long")),
          description: optional(shortText),
          schema: z.optional(z.unknown()),
          strict: optional(boolean),
        },
        "must be an object",
      ),
    ),
  },
  "must be an object",
);

/** Every documented name with its type, and the names of other servers that the engine honours or must refuse. */
export const ChatCompletionRequest = z.looseObject(
  {
    model: z
      .string("must be the id of a model")
      .check(z.minLength(1, "must be the id of a model"), z.maxLength(200, "is too long")),
    messages: z
      .array(ChatMessage, "must be a list of messages")
      .check(z.minLength(1, "must have at least one message")),
    stream: optional(boolean),
    stream_options: optional(
      z.looseObject({ include_usage: optional(boolean), include_obfuscation: optional(boolean) }, "must be an object"),
    ),
    max_tokens: optional(wholeNumber(1)),
    max_completion_tokens: optional(wholeNumber(1)),
    temperature: optional(number(0, 2)),
    top_p: optional(number(0, 1)),
    top_k: optional(wholeNumber(-1)),
    min_p: optional(number(0, 1)),
    repeat_penalty: optional(number(0.01, 10)),
    repetition_penalty: optional(number(0.01, 10)),
    presence_penalty: optional(number(-2, 2)),
    frequency_penalty: optional(number(-2, 2)),
    seed: optional(wholeNumber(Number.MIN_SAFE_INTEGER)),
    stop: optional(
      z.union(
        [z.string(), z.array(z.string()).check(z.maxLength(maxStopStrings))],
        `must be a string or a list of at most ${maxStopStrings} strings`,
      ),
    ),
    service_tier: optional(shortText),
    user: optional(shortText),
    safety_identifier: optional(shortText),
    prompt_cache_key: optional(shortText),
    prompt_cache_options: optional(object),
    prompt_cache_retention: optional(shortText),
    metadata: optional(z.record(z.string(), shortText, "must be an object")),
    n: optional(wholeNumber(1, 128)),
    logprobs: optional(boolean),
    top_logprobs: optional(wholeNumber(0, 20)),
    logit_bias: optional(z.record(z.string(), number(-100, 100), "must be an object")),
    response_format: optional(ResponseFormat),
    /** Of llama.cpp's server: GBNF. */
    grammar: optional(z.string("must be a string").check(z.maxLength(100_000, "must be at most 100000 characters"))),
    tools: optional(z.array(Tool, "must be a list of tools").check(z.maxLength(128, "must be at most 128 tools"))),
    tool_choice: optional(z.union([z.string(), object], "must be a string or an object")),
    parallel_tool_calls: optional(boolean),
    functions: optional(list),
    function_call: optional(z.union([z.string(), object], "must be a string or an object")),
    store: optional(boolean),
    reasoning_effort: optional(shortText),
    /** DeepSeek's and Anthropic's name, Qwen's two, and what servers of open models pass on to the template. */
    thinking: optional(
      z.looseObject({ type: optional(shortText), budget_tokens: optional(wholeNumber(0)) }, "must be an object"),
    ),
    enable_thinking: optional(boolean),
    thinking_budget: optional(wholeNumber(0)),
    chat_template_kwargs: optional(object),
    verbosity: optional(shortText),
    modalities: optional(list),
    audio: optional(object),
    prediction: optional(object),
    moderation: optional(object),
    web_search_options: optional(object),
  },
  "must be a JSON object",
);
export type ChatCompletionRequest = z.infer<typeof ChatCompletionRequest>;

export const CompletionUsage = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
  prompt_tokens_details: z.object({ cached_tokens: z.number(), audio_tokens: z.number() }),
  completion_tokens_details: z.object({
    reasoning_tokens: z.number(),
    audio_tokens: z.number(),
    accepted_prediction_tokens: z.number(),
    rejected_prediction_tokens: z.number(),
  }),
  /** DeepSeek's names; their sum is `prompt_tokens`. */
  prompt_cache_hit_tokens: z.number(),
  prompt_cache_miss_tokens: z.number(),
});
export type CompletionUsage = z.infer<typeof CompletionUsage>;

const FinishReason = z.enum(["stop", "length", "tool_calls"]);
export type FinishReason = z.infer<typeof FinishReason>;

const ToolCall = z.object({
  id: z.string(),
  type: z.literal("function"),
  function: z.object({ name: z.string(), arguments: z.string() }),
});
export type ToolCall = z.infer<typeof ToolCall>;
const ServiceTier = z.enum(["default", "flex"]);
export type ServiceTier = z.infer<typeof ServiceTier>;

/** `created` is in seconds since 1970. */
export const ChatCompletion = z.object({
  id: z.string(),
  object: z.literal("chat.completion"),
  created: z.number(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.number(),
      message: z.object({
        role: z.literal("assistant"),
        /** Null where the model called tools and said nothing. */
        content: z.nullable(z.string()),
        tool_calls: z.optional(z.array(ToolCall)),
        /** What the model thought before it spoke; only of one that did. */
        reasoning_content: z.optional(z.string()),
        refusal: z.null(),
        annotations: z.array(z.never()),
      }),
      logprobs: z.null(),
      finish_reason: FinishReason,
    }),
  ),
  /** Left out where a provider has not said it. */
  usage: z.optional(CompletionUsage),
  service_tier: ServiceTier,
  system_fingerprint: z.string(),
});
export type ChatCompletion = z.infer<typeof ChatCompletion>;

export const ChatCompletionChunk = z.strictObject({
  id: z.string(),
  object: z.literal("chat.completion.chunk"),
  created: z.number(),
  model: z.string(),
  service_tier: ServiceTier,
  system_fingerprint: z.string(),
  choices: z.array(
    z.strictObject({
      index: z.number(),
      delta: z.strictObject({
        role: z.optional(z.literal("assistant")),
        content: z.optional(z.string()),
        reasoning_content: z.optional(z.string()),
        tool_calls: z.optional(
          z.array(
            z.strictObject({
              index: z.number(),
              id: z.optional(z.string()),
              type: z.optional(z.literal("function")),
              function: z.strictObject({ name: z.optional(z.string()), arguments: z.string() }),
            }),
          ),
        ),
        refusal: z.optional(z.null()),
      }),
      logprobs: z.null(),
      finish_reason: z.nullable(FinishReason),
    }),
  ),
  /** Only where the request asked for it: null on every chunk but the last. */
  usage: z.optional(z.nullable(CompletionUsage)),
});
export type ChatCompletionChunk = z.infer<typeof ChatCompletionChunk>;

export const ApiModel = z.object({
  id: z.string(),
  object: z.literal("model"),
  created: z.number(),
  owned_by: z.string(),
  /** Ours, beyond OpenAI's shape. */
  name: z.string(),
  /** Null where a provider does not say. */
  context_length: z.nullable(z.number()),
  status: z.enum(["loaded", "loading", "unloaded", "unavailable"]),
});
export type ApiModel = z.infer<typeof ApiModel>;

export const createChatCompletion = endpoint({
  method: "POST",
  path: "/v1/chat/completions",
  summary: "Answer a conversation, at once or as a stream (`stream: true`)",
  access: "api",
  body: ChatCompletionRequest,
  response: ChatCompletion,
  events: ChatCompletionChunk,
});

export const listApiModels = endpoint({
  method: "GET",
  path: "/v1/models",
  summary: "List the models, in OpenAI's form",
  access: "api",
  response: z.object({ object: z.literal("list"), data: z.array(ApiModel) }),
});

export const getApiModel = endpoint({
  method: "GET",
  path: "/v1/models/:modelId",
  summary: "Read one model, in OpenAI's form",
  access: "api",
  resource: "model",
  params: z.object({ modelId: z.string().check(z.maxLength(200)) }),
  response: ApiModel,
});
