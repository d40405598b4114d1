// One answer of a service that speaks OpenAI's Chat Completions, as events of our port. Nothing is tried twice: whether a
// call that broke off was paid for, nobody knows.
import { sayReason } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";
import type { Egress, EgressResponse, EgressTimeouts } from "../../platform/egress/egress.ts";
import { readStart } from "../../platform/egress/read-body.ts";
import type {
  FinishReason,
  ModelCallRequest,
  ModelEvent,
  ModelMessage,
  ReasoningWish,
  ResponseFormat,
  Sampling,
  TokenUsage,
  ToolChoice,
} from "../model-call.ts";
import { findPreset, type ProviderPreset } from "./catalogue.ts";
import { completionPieces, type FramesOf, notCompatible } from "./completion-frames.ts";
import { createCallFollower } from "./follow-calls.ts";
import { parseJson } from "./parse-json.ts";
import { type ProviderAccess, providerHeaders, providerTimeouts } from "./provider.ts";
import { readRefusal, refusalError, type RefusalWords, wordsOf } from "./provider-refusal.ts";

const maxErrorBytes = 64_000;
const errorBodyMs = 10_000;
/** After the last word some say how many tokens it were, and some keep the line open. */
const usageWaitMs = 2_000;
/** A service that never stops must not fill the memory. */
const maxAnswerCharacters = 4_000_000;

export interface ProviderCall {
  readonly egress: Egress;
  readonly provider: ProviderAccess;
  /** As the provider calls it. */
  readonly model: string;
  readonly request: ModelCallRequest;
  readonly timeouts?: Partial<EgressTimeouts> | undefined;
}

/**
 * Throws AppError provider_*, service_*, address_not_allowed, unsupported_parameter or run_not_continuable; the signal's
 * reason when it aborts, with the connection closed.
 */
export async function* callOpenAiCompatible(call: ProviderCall): AsyncGenerator<ModelEvent, void, undefined> {
  const { provider, model, request } = call;
  // Their API has no such thing: most would answer the half answer instead of going on with it.
  if (request.continueLastMessage) throw new AppError("run_not_continuable");
  const of = { provider, model };
  const answering = new AbortController();
  const signal = AbortSignal.any([request.signal, answering.signal]);
  const response = await send(call, signal);
  if (response.status < 200 || response.status > 299) throw await readFailure(of, response);
  yield* answerOf(of, response, answering, request.signal);
}

/** Between the first piece and the end. Split out so that the error before any byte of an answer keeps its own words. */
async function* answerOf(
  of: FramesOf,
  response: EgressResponse,
  answering: AbortController,
  stopped: AbortSignal,
): AsyncGenerator<ModelEvent, void, undefined> {
  let hasStarted = false;
  let finishReason: string | null = null;
  let usage: TokenUsage | null = null;
  let characters = 0;
  const whole = createWholeCharacters();
  const wholeThought = createWholeCharacters();
  const calls = createCallFollower();
  let lastWait: NodeJS.Timeout | undefined;
  try {
    for await (const piece of completionPieces(response.body, of)) {
      if (!hasStarted) yield { type: "call-start", promptTokens: null, cachedTokens: null };
      hasStarted = true;
      if (finishReason === null) {
        const thought = wholeThought.push(piece.reasoning);
        if (thought !== "") yield { type: "reasoning-delta", text: thought, tokens: null };
        const text = whole.push(piece.text);
        if (text !== "") yield { type: "text-delta", text, tokens: null };
        const events = piece.calls.flatMap((called) => calls.take(called));
        yield* events;
        characters += thought.length + text.length;
        for (const event of events) if (event.type === "tool-call-delta") characters += event.arguments.length;
      }
      usage = piece.usage ?? usage;
      finishReason ??= characters > maxAnswerCharacters ? "length" : piece.finishReason;
      if (finishReason !== null) {
        if (usage !== null) break;
        lastWait ??= setTimeout(() => answering.abort(new Error("the answer was complete")), usageWaitMs);
      }
    }
  } catch (error) {
    // What breaks off behind the last word has broken nothing.
    if (finishReason === null || stopped.aborted) throw brokenOff(of, error, hasStarted);
  } finally {
    clearTimeout(lastWait);
  }
  if (!hasStarted) throw notCompatible(of);
  if (finishReason === null) throw new AppError("provider_cut", { provider: of.provider.name });
  const rest = whole.end();
  if (rest !== "") yield { type: "text-delta", text: rest, tokens: null };
  yield { type: "call-end", finishReason: finishOf(of, finishReason, calls.count), usage };
}

function brokenOff({ provider }: FramesOf, error: unknown, hasStarted: boolean): unknown {
  const isCut = error instanceof AppError && error.code === "service_unreachable" && hasStarted;
  return isCut ? new AppError("provider_cut", { provider: provider.name }, { cause: error }) : error;
}

function finishOf({ provider }: FramesOf, reason: string, calls: number): FinishReason {
  if (reason === "content_filter" || reason === "sensitive") {
    throw new AppError("provider_filtered", { provider: provider.name });
  }
  if (reason === "length") return "length";
  return calls > 0 ? "tool-calls" : "stop";
}

function send(
  { egress, provider, model, request, timeouts }: ProviderCall,
  signal: AbortSignal,
): Promise<EgressResponse> {
  return egress.request(`${provider.baseUrl}/chat/completions`, {
    method: "POST",
    headers: providerHeaders(provider),
    body: JSON.stringify(bodyOf(findPreset(provider.preset), model, request)),
    signal,
    reach: "named",
    timeouts: { ...providerTimeouts, ...timeouts },
  });
}

function bodyOf(preset: ProviderPreset, model: string, request: ModelCallRequest): Record<string, unknown> {
  const { messages, sampling = {}, maxOutputTokens, stop, responseFormat, logitBias } = request;
  return {
    model,
    messages: messages.map((message) => theirMessage(preset, message)),
    stream: true,
    stream_options: { include_usage: true },
    ...samplingOf(preset, sampling),
    ...(maxOutputTokens === undefined ? {} : { [preset.maxTokensField]: maxOutputTokens }),
    ...(responseFormat === undefined ? {} : { response_format: theirFormat(responseFormat) }),
    ...toolsOf(request),
    ...reasoningOf(preset, request.reasoning),
    ...(logitBias === undefined ? {} : { logit_bias: logitBias }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
  };
}

function theirMessage({ tellsReasoning }: ProviderPreset, message: ModelMessage): Record<string, unknown> {
  const { role, content, name, reasoning = "", toolCalls, toolCallId } = message;
  return {
    role,
    content: toolCalls !== undefined && content === "" ? null : content,
    ...(name === undefined ? {} : { name }),
    ...(toolCalls === undefined
      ? {}
      : {
          tool_calls: toolCalls.map((call) => ({
            id: call.id,
            type: "function",
            function: { name: call.name, arguments: call.arguments },
          })),
          ...(tellsReasoning === "with-tools" ? { reasoning_content: reasoning } : {}),
        }),
    ...(toolCallId === undefined ? {} : { tool_call_id: toolCallId }),
  };
}

function toolsOf({ tools, toolChoice, parallelToolCalls }: ModelCallRequest): Record<string, unknown> {
  if (tools === undefined || tools.length === 0) return {};
  return {
    tools: tools.map(({ name, description, parameters, strict }) => ({
      type: "function",
      function: { name, description, parameters, ...(strict ? { strict } : {}) },
    })),
    ...(toolChoice === undefined ? {} : { tool_choice: theirChoice(toolChoice) }),
    // Not all know the name, and all do this when it is left out.
    ...(parallelToolCalls === false ? { parallel_tool_calls: false } : {}),
  };
}

function reasoningOf({ reasoningFields }: ProviderPreset, wish: ReasoningWish = {}): Record<string, unknown> {
  const { effort, maxTokens } = wish;
  if (reasoningFields === "budget") {
    return {
      ...(effort === undefined ? {} : { enable_thinking: effort !== "none" }),
      ...(maxTokens === undefined ? {} : { thinking_budget: maxTokens }),
    };
  }
  if (maxTokens !== undefined)
    throw new AppError("unsupported_parameter", { param: "thinking_budget", accepted: "null" });
  if (effort === undefined) return {};
  if (reasoningFields === "switch" && effort === "none") return { thinking: { type: "disabled" } };
  return { reasoning_effort: effort };
}

function theirChoice({ mode, names }: ToolChoice): unknown {
  if (names === null) return mode;
  const tools = names.map((name) => ({ type: "function", function: { name } }));
  return mode === "required" && tools.length === 1
    ? tools[0]
    : { type: "allowed_tools", allowed_tools: { mode, tools } };
}

/** As it came; whether they can is theirs to say. */
function theirFormat(format: ResponseFormat): Record<string, unknown> {
  if (format.type === "grammar") throw new AppError("unsupported_parameter", { param: "grammar", accepted: "null" });
  if (format.type === "json-object") return { type: "json_object" };
  const { name, description, schema, strict } = format;
  return { type: "json_schema", json_schema: { name, description, schema, strict } };
}

const openAiNames: Readonly<Partial<Record<keyof Sampling, string>>> = {
  temperature: "temperature",
  topP: "top_p",
  presencePenalty: "presence_penalty",
  frequencyPenalty: "frequency_penalty",
  seed: "seed",
};
const ownNames = { topK: "top_k", minP: "min_p", repeatPenalty: "repeat_penalty" } as const;

function samplingOf(preset: ProviderPreset, sampling: Sampling): Record<string, number> {
  const sent: Record<string, number> = {};
  for (const [name, value] of Object.entries(sampling) as [keyof Sampling, number | undefined][]) {
    if (value === undefined) continue;
    const usual = openAiNames[name];
    const fields = usual === undefined ? preset.samplingFields[name as keyof typeof ownNames] : [usual];
    if (!fields) throw new AppError("unsupported_parameter", { param: ownNames[name as keyof typeof ownNames] });
    for (const field of fields) sent[field] = value;
  }
  return sent;
}

/** Why it did not answer, with its status, its headers and its own words. */
export async function readFailure({ provider, model }: FramesOf, response: EgressResponse): Promise<AppError> {
  const { status, headers } = response;
  const text = await beforeLong(readStart(response.body, maxErrorBytes).then(String));
  const said = readRefusal(parseJson(text), provider.key);
  // A page that says "not found" is of another server, not of an API that lacks a model.
  if (!said && (status === 404 || status === 405)) return notCompatible({ provider, model });
  const words = said ?? { ...pageOrText(text, status, provider.key), code: "" };
  return refusalError(provider, { status, words, retryAfter: headers["retry-after"], model });
}

/** What refuses slowly, or breaks off while it does, is refused all the same. */
async function beforeLong(reading: Promise<string>): Promise<string> {
  const { promise: over, resolve } = Promise.withResolvers<string>();
  const timer = setTimeout(() => resolve(""), errorBodyMs);
  try {
    return await Promise.race([reading.catch(() => ""), over]);
  } finally {
    clearTimeout(timer);
  }
}

function pageOrText(text: string, status: number, key: string | null): Omit<RefusalWords, "code"> {
  if (text.trim() !== "" && !text.trimStart().startsWith("<")) return wordsOf(text, key);
  const reasonCode = "service_status";
  return { reason: sayReason(reasonCode, { number: status }), own: { reasonCode, number: status } };
}

/** Some cut a character of two halves between two events. */
function createWholeCharacters(): { push(text: string): string; end(): string } {
  let held = "";
  return {
    push(text) {
      const all = held + text;
      held = /[\uD800-\uDBFF]$/.test(all) ? all.slice(-1) : "";
      return held === "" ? all : all.slice(0, -1);
    },
    end: () => held,
  };
}
