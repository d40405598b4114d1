// The bytes of an answer as the pieces they stand for, whether they come as server-sent events or as one whole reply.
// Broken characters are put together again; what is neither is refused in words.
import { createParser } from "eventsource-parser";
import * as z from "zod/mini";
import { AppError } from "../../platform/errors.ts";
import type { TokenUsage } from "../model-call.ts";
import { parseJson } from "./parse-json.ts";
import { readRefusal, refusalError } from "./provider-refusal.ts";
import type { ProviderAccess } from "./provider.ts";

/** Of one event, and of a whole reply: far more than an answer has. */
const maxBufferedCharacters = 16_000_000;

/** A part of a call of a tool, as far as the service says to which one it belongs. */
export interface CalledPiece {
  readonly index: number | null;
  readonly id: string | null;
  readonly name: string | null;
  readonly arguments: string;
}

export interface CompletionPiece {
  readonly text: string;
  readonly reasoning: string;
  readonly calls: readonly CalledPiece[];
  readonly finishReason: string | null;
  readonly usage: TokenUsage | null;
  /** It holds something that was said, or the end of it. */
  readonly isAnswer: boolean;
}

export interface FramesOf {
  readonly provider: ProviderAccess;
  readonly model: string;
}

const count = z.number().check(z.int(), z.nonnegative(), z.maximum(Number.MAX_SAFE_INTEGER));
const Usage = z.looseObject({
  prompt_tokens: count,
  completion_tokens: count,
  prompt_cache_hit_tokens: z.optional(z.nullable(count)),
  prompt_tokens_details: z.optional(z.nullable(z.looseObject({ cached_tokens: z.optional(z.nullable(count)) }))),
});
const maybeText = z.optional(z.nullable(z.string()));
const Called = z.looseObject({
  index: z.optional(z.nullable(z.number())),
  id: maybeText,
  function: z.optional(z.nullable(z.looseObject({ name: maybeText, arguments: z.optional(z.unknown()) }))),
});
const Said = z.looseObject({
  content: z.optional(z.unknown()),
  reasoning_content: z.optional(z.unknown()),
  reasoning: z.optional(z.unknown()),
  tool_calls: z.optional(z.nullable(z.array(Called))),
});
const Frame = z.looseObject({
  choices: z.optional(
    z.nullable(
      z.array(
        z.looseObject({
          index: z.optional(z.number()),
          delta: z.optional(z.nullable(Said)),
          message: z.optional(z.nullable(Said)),
          text: z.optional(z.nullable(z.string())),
          finish_reason: z.optional(z.nullable(z.string())),
        }),
      ),
    ),
  ),
  usage: z.optional(z.unknown()),
  x_groq: z.optional(z.unknown()),
});

/** Ends with `[DONE]` or with the bytes. Throws AppError provider_not_compatible and what a refusal becomes. */
export async function* completionPieces(
  body: AsyncIterable<Uint8Array>,
  of: FramesOf,
): AsyncGenerator<CompletionPiece, void, undefined> {
  // A character may be cut between two pieces of the network.
  const decoder = new TextDecoder();
  let events: EventQueue | null = null;
  let whole = "";
  for await (const bytes of body) {
    whole += decoder.decode(bytes, { stream: true });
    if (!events) {
      const first = /\S/.exec(whole)?.[0];
      if (first === undefined || first === "{" || first === "[" || first === "<") {
        if (whole.length > maxBufferedCharacters) throw notCompatible(of);
        continue;
      }
      events = createEventQueue(of);
    }
    events.feed(whole);
    whole = "";
    for (const data of events.take()) {
      if (data === "[DONE]") return;
      yield readFrame(data, of);
    }
  }
  if (!events) {
    const piece = whole.trim() === "" ? null : readFrame(whole, of);
    if (!piece?.isAnswer) throw notCompatible(of);
    yield piece;
    return;
  }
  // A last event without its empty line.
  events.feed("\n\n");
  for (const data of events.take()) {
    if (data === "[DONE]") return;
    yield readFrame(data, of);
  }
}

interface EventQueue {
  feed(text: string): void;
  take(): string[];
}

function createEventQueue(of: FramesOf): EventQueue {
  let waiting: string[] = [];
  let isTooLarge = false;
  const parser = createParser({
    onEvent: ({ data }) => waiting.push(data),
    onError: ({ type }) => (isTooLarge ||= type === "max-buffer-size-exceeded"),
    maxBufferSize: maxBufferedCharacters,
  });
  return {
    feed(text) {
      parser.feed(text);
      if (isTooLarge) throw notCompatible(of);
    },
    take() {
      const taken = waiting;
      waiting = [];
      return taken.filter((data) => data.trim() !== "");
    },
  };
}

function readFrame(data: string, of: FramesOf): CompletionPiece {
  const value = parseJson(data);
  const frame = z.safeParse(Frame, value);
  const isError = typeof value === "object" && value !== null && ("error" in value || !("choices" in value));
  const refusal = isError ? readRefusal(value, of.provider.key) : null;
  if (refusal && (value as { error?: unknown }).error !== null) {
    throw refusalError(of.provider, { status: statusOf(value), words: refusal, model: of.model });
  }
  if (!frame.success) throw notCompatible(of);
  const { choices, usage, x_groq: groq } = frame.data;
  const choice = choices?.find(({ index }) => index === undefined || index === 0);
  const said = choice?.delta ?? choice?.message;
  return {
    text: textOf(said?.content) || (choice?.text ?? ""),
    // Some send both names for the same.
    reasoning: textOf(said?.reasoning_content) || textOf(said?.reasoning),
    calls: (said?.tool_calls ?? []).map(readCalled),
    finishReason: choice?.finish_reason ?? null,
    isAnswer: choice !== undefined,
    usage: readUsage(usage) ?? readUsage((groq as { usage?: unknown } | null | undefined)?.usage),
  };
}

/** Some send the arguments as an object. */
function readCalled({ index, id, function: called }: z.infer<typeof Called>): CalledPiece {
  const given = called?.arguments ?? "";
  return {
    index: index ?? null,
    id: id || null,
    name: called?.name || null,
    arguments: typeof given === "string" ? given : JSON.stringify(given),
  };
}

/** Text only: pictures and the like are no part of an answer here. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content
    .map((part: { type?: unknown; text?: unknown }) =>
      part.type === "text" && typeof part.text === "string" ? part.text : "",
    )
    .join("");
}

/** Null where it is missing or makes no sense: unknown is not zero. */
function readUsage(value: unknown): TokenUsage | null {
  const usage = z.safeParse(Usage, value);
  if (!usage.success) return null;
  const { prompt_tokens: promptTokens, completion_tokens: completionTokens } = usage.data;
  const cached = usage.data.prompt_tokens_details?.cached_tokens ?? usage.data.prompt_cache_hit_tokens ?? 0;
  return { promptTokens, completionTokens, cachedTokens: Math.min(cached, promptTokens) };
}

/** Some name the status in the body of what they send with 200. */
function statusOf(value: unknown): number {
  const { error } = value as { error?: { code?: unknown; status?: unknown } };
  const named = [error?.code, error?.status].map(Number).find((status) => status >= 400 && status < 600);
  return named ?? 500;
}

export function notCompatible({ provider: { name } }: FramesOf): AppError {
  return new AppError("provider_not_compatible", { provider: name });
}
