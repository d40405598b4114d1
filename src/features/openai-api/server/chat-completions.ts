// One chat completion: from a checked body to a model call, and from its events to a whole answer.
import { createHash } from "node:crypto";
import type {
  FinishReason,
  ModelCaller,
  ModelCallRequest,
  ModelDescription,
  ModelEvent,
  TokenUsage,
} from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { newId } from "../../../platform/new-id.ts";
import { findModel } from "../../models/server/models.ts";
import type { ChatCompletion, ChatCompletionRequest, CompletionUsage, ServiceTier, ToolCall } from "../contract.ts";
import type * as contract from "../contract.ts";
import { readMessages } from "./request-messages.ts";
import { type CompletionParameters, readParameters } from "./request-parameters.ts";

/** What every chunk of one answer repeats. */
export interface CompletionIdentity {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly serviceTier: ServiceTier;
  readonly fingerprint: string;
}

export interface PreparedCompletion {
  readonly identity: CompletionIdentity;
  readonly call: ModelCallRequest;
  readonly stream: boolean;
  readonly includeUsage: boolean;
}

/** Throws AppError: unsupported_parameter, invalid_request, model_not_found. */
export async function prepareCompletion(
  { caller, clock }: { caller: ModelCaller; clock: Clock },
  body: ChatCompletionRequest,
  principal: Principal,
  signal: AbortSignal,
): Promise<PreparedCompletion> {
  const parameters = readParameters(body);
  const messages = readMessages(body.messages);
  const model = await findModel(caller, body.model);
  return {
    identity: {
      id: `chatcmpl-${newId().replaceAll("-", "")}`,
      created: Math.floor(clock() / 1000),
      model: model.id,
      serviceTier: parameters.serviceTier,
      fingerprint: fingerprintOf(model),
    },
    call: {
      model: model.id,
      messages,
      sampling: parameters.sampling,
      maxOutputTokens: parameters.maxOutputTokens,
      stop: parameters.stop,
      responseFormat: parameters.responseFormat,
      ...parameters.tools,
      reasoning: parameters.reasoning,
      logitBias: parameters.logitBias,
      lane: parameters.lane,
      userId: principal.userId,
      ...cacheScopesOf(principal, parameters),
      signal,
    },
    stream: parameters.stream,
    includeUsage: parameters.includeUsage,
  };
}

/** Collects the events of a call into the whole answer; throws what the call throws. */
export async function collectCompletion(
  identity: CompletionIdentity,
  events: AsyncIterable<ModelEvent>,
): Promise<ChatCompletion> {
  let content = "";
  let reasoning = "";
  const toolCalls: ToolCall[] = [];
  for await (const event of events) {
    if (event.type === "text-delta") {
      content += event.text;
    } else if (event.type === "reasoning-delta") {
      reasoning += event.text;
    } else if (event.type === "tool-call-delta") {
      const { call } = event;
      if (call !== null)
        toolCalls.push({ id: call.id, type: "function", function: { name: call.name, arguments: "" } });
      const last = toolCalls[event.index];
      if (last !== undefined) last.function.arguments += event.arguments;
    } else if (event.type === "call-end") {
      return describeCompletion(identity, { content, reasoning, toolCalls }, event);
    }
  }
  throw new AppError("internal_error", {}, { cause: new Error("a model call ended without call-end") });
}

/** As OpenAI calls it. */
export const finishNames: Readonly<Record<FinishReason, contract.FinishReason>> = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
};

export function describeUsage(usage: TokenUsage): CompletionUsage {
  const { promptTokens, cachedTokens, completionTokens, reasoningTokens = 0 } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens, audio_tokens: 0 },
    completion_tokens_details: {
      reasoning_tokens: reasoningTokens,
      audio_tokens: 0,
      accepted_prediction_tokens: 0,
      rejected_prediction_tokens: 0,
    },
    prompt_cache_hit_tokens: cachedTokens,
    prompt_cache_miss_tokens: promptTokens - cachedTokens,
  };
}

function describeCompletion(
  identity: CompletionIdentity,
  { content, reasoning, toolCalls }: { content: string; reasoning: string; toolCalls: readonly ToolCall[] },
  { finishReason, usage }: Extract<ModelEvent, { type: "call-end" }>,
): ChatCompletion {
  const thought = reasoning === "" ? {} : { reasoning_content: reasoning };
  const called = toolCalls.length === 0 ? {} : { tool_calls: [...toolCalls] };
  const message = {
    role: "assistant" as const,
    content: content === "" && toolCalls.length > 0 ? null : content,
    ...thought,
    ...called,
    refusal: null,
    annotations: [],
  };
  return {
    id: identity.id,
    object: "chat.completion",
    created: identity.created,
    model: identity.model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishNames[finishReason] }],
    ...(usage === null ? {} : { usage: describeUsage(usage) }),
    service_tier: identity.serviceTier,
    system_fingerprint: identity.fingerprint,
  };
}

/** Changes when another file answers under the same id, which is what OpenAI's field promises. */
function fingerprintOf(model: ModelDescription): string {
  const file = [model.id, model.sizeBytes, model.createdAt].join(" ");
  return `fp_${createHash("sha256").update(file).digest("hex").slice(0, 12)}`;
}

/**
 * One key never sees what another computed; nor, where a program names its end users, one of them another's. What the program
 * itself tells the model at the start is the same for all of them.
 */
function cacheScopesOf(
  { userId, credentialId }: Principal,
  { endUser, cacheKey }: Pick<CompletionParameters, "endUser" | "cacheKey">,
): Pick<ModelCallRequest, "cacheScope" | "sharedSystemScope"> {
  const hash = (text: string) => createHash("sha256").update(text).digest("hex");
  const program = [userId, credentialId, ...(cacheKey === null ? [] : [`key:${hash(cacheKey)}`])].join(" ");
  const cacheScope = endUser === null ? `api ${program}` : `api ${program} user:${hash(endUser)}`;
  return { cacheScope, sharedSystemScope: `api-system ${program}` };
}
