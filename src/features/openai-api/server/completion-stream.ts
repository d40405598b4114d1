// A completion as server-sent events. What is known to fail before the first token keeps its real HTTP status; after
// that an error is a last event, and no [DONE] follows it.
import type { ModelEvent } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { EventStream } from "../../../platform/http/stream-events.ts";
import { type CompletionIdentity, describeUsage, finishNames } from "./chat-completions.ts";
import { openAiErrorBody } from "./openai-errors.ts";

export interface CompletionStreamOptions {
  readonly identity: CompletionIdentity;
  readonly includeUsage: boolean;
  /** Sends the headers; called once the call is admitted or in the queue, or has waited for `graceMs`. */
  readonly open: (queued: QueuePlace | null) => EventStream;
  /**
   * So long a loading model may keep the headers back, since a prompt that turns out too long then still gets its
   * status. Default 2 s: a small model loads in less, and clients wait for headers far longer.
   */
  readonly graceMs?: number;
}

/** Where a call stands whose headers are sent while others are in front. */
export type QueuePlace = Extract<ModelEvent, { type: "queue-position" }>;

/** Writes all events; throws what the call throws before the headers are sent, and bugs at any time. */
export async function writeCompletion(
  events: AsyncIterable<ModelEvent>,
  options: CompletionStreamOptions,
): Promise<void> {
  const iterator = events[Symbol.asyncIterator]();
  const { waiting, queued, next } = await firstNews(iterator, options.graceMs ?? 2_000);
  const stream = options.open(queued);
  const frames = chunkFrames(options.identity, options.includeUsage);
  try {
    if (waiting) {
      await stream.write(frames.of(waiting));
    }
    for (let result = await next; !result.done && !stream.closed(); result = await iterator.next()) {
      await stream.write(frames.of(result.value));
      if (result.value.type === "call-end") {
        return;
      }
    }
    if (!stream.closed()) {
      throw new Error("a model call ended without call-end");
    }
  } catch (error) {
    if (stream.closed()) {
      return;
    }
    await stream.write(`data: ${JSON.stringify(openAiErrorBody(error))}\n\n`);
    if (!(error instanceof AppError)) {
      throw error;
    }
  } finally {
    stream.end();
    await iterator.return?.();
  }
}

interface FirstNews {
  /** The last loading event, when the grace is over. */
  readonly waiting: ModelEvent | null;
  /** The event itself, where it is the place in the queue; `next` has it too. */
  readonly queued: QueuePlace | null;
  readonly next: Promise<IteratorResult<ModelEvent>>;
}

async function firstNews(iterator: AsyncIterator<ModelEvent>, graceMs: number): Promise<FirstNews> {
  const grace = Promise.withResolvers<"over">();
  const timer = setTimeout(() => grace.resolve("over"), graceMs);
  try {
    let waiting: ModelEvent | null = null;
    while (true) {
      const next = iterator.next();
      const news = await Promise.race([next, grace.promise]);
      if (news === "over") {
        return { waiting, queued: null, next };
      }
      if (news.done || news.value.type !== "model-loading") {
        return { waiting: null, queued: news.value?.type === "queue-position" ? news.value : null, next };
      }
      waiting = news.value;
    }
  } finally {
    clearTimeout(timer);
  }
}

/** The frames of one answer. Everything that repeats is serialised once, so that a token costs one short string. */
export function chunkFrames(identity: CompletionIdentity, includeUsage: boolean): { of(event: ModelEvent): string } {
  const head = JSON.stringify({
    id: identity.id,
    object: "chat.completion.chunk",
    created: identity.created,
    model: identity.model,
    service_tier: identity.serviceTier,
    system_fingerprint: identity.fingerprint,
  }).slice(0, -1);
  const tail = includeUsage ? ',"usage":null}\n\n' : "}\n\n";
  const beforeDelta = `data: ${head},"choices":[{"index":0,"delta":`;
  const afterDelta = `,"logprobs":null,"finish_reason":null}]${tail}`;

  function end({ finishReason, usage }: Extract<ModelEvent, { type: "call-end" }>): string {
    const finish = `${beforeDelta}{},"logprobs":null,"finish_reason":"${finishNames[finishReason]}"}]${tail}`;
    // What is not known is left out: a client would take zeros for a free answer.
    const usageFrame =
      includeUsage && usage !== null
        ? `data: ${head},"choices":[],"usage":${JSON.stringify(describeUsage(usage))}}\n\n`
        : "";
    return `${finish}${usageFrame}data: [DONE]\n\n`;
  }

  return {
    of(event) {
      switch (event.type) {
        case "queue-position":
          return `: queue position ${event.position}${aboutSeconds(event)}\n\n`;
        case "model-loading":
          return `: loading ${Math.floor(event.percent)} %\n\n`;
        case "call-start":
          return `${beforeDelta}{"role":"assistant","content":"","refusal":null}${afterDelta}`;
        case "text-delta":
          return `${beforeDelta}{"content":${JSON.stringify(event.text)}}${afterDelta}`;
        case "reasoning-delta":
          return `${beforeDelta}{"reasoning_content":${JSON.stringify(event.text)}}${afterDelta}`;
        case "tool-call-delta":
          return `${beforeDelta}${JSON.stringify({ tool_calls: [describeToolCall(event)] })}${afterDelta}`;
        case "call-end":
          return end(event);
      }
    },
  };
}

function describeToolCall({ index, call, arguments: given }: Extract<ModelEvent, { type: "tool-call-delta" }>) {
  if (call === null) return { index, function: { arguments: given } };
  return { index, id: call.id, type: "function", function: { name: call.name, arguments: given } };
}

function aboutSeconds({ estimatedMs }: QueuePlace): string {
  return estimatedMs === null ? "" : `, about ${Math.max(1, Math.round(estimatedMs / 1000))} s`;
}
