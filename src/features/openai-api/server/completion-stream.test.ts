import { describe, expect, test } from "vitest";
import { createEventFeed, sayWords } from "../../../../tests/support/fake-model.ts";
import { AppError } from "../../../platform/errors.ts";
import type { EventStream } from "../../../platform/http/stream-events.ts";
import { chunkFrames, writeCompletion } from "./completion-stream.ts";

const identity = { id: "chatcmpl-1", created: 1, model: "m", serviceTier: "default" as const, fingerprint: "fp_1" };

function recordStream() {
  const frames: string[] = [];
  const opened = Promise.withResolvers<void>();
  const state = { open: false, closed: false, ended: false };
  const stream: EventStream = {
    write(frame) {
      frames.push(frame);
      return Promise.resolve();
    },
    closed: () => state.closed,
    end() {
      state.ended = true;
    },
  };
  const open = () => {
    state.open = true;
    opened.resolve();
    return stream;
  };
  return { frames, state, open, opened: opened.promise };
}

test("what a model thinks comes as reasoning_content, and is counted", () => {
  const frames = chunkFrames(identity, true);
  expect(frames.of({ type: "reasoning-delta", text: "Hm.", tokens: 2 })).toContain(
    '"delta":{"reasoning_content":"Hm."}',
  );
  const usage = { promptTokens: 3, cachedTokens: 0, completionTokens: 5, reasoningTokens: 2 };
  expect(frames.of({ type: "call-end", finishReason: "stop", usage })).toContain('"reasoning_tokens":2');
});

describe("headers", () => {
  test("are sent when a loading model takes longer than the grace, with how far it is", async () => {
    const feed = createEventFeed();
    const { frames, open, opened } = recordStream();
    feed.push({ type: "model-loading", percent: 12 });
    const written = writeCompletion(feed, { identity, includeUsage: false, open, graceMs: 1 });
    await opened;
    feed.fail(new AppError("model_load_failed", { model: "m", problem: "x" }));
    await written;
    expect(frames[0]).toBe(": loading 12 %\n\n");
    expect(frames[1]).toContain('"code":"model_load_failed"');
    expect(frames).toHaveLength(2);
  });

  test("are not sent for a call that is refused before it starts", async () => {
    const feed = createEventFeed();
    const { state, open } = recordStream();
    feed.push({ type: "model-loading", percent: 12 });
    feed.fail(new AppError("queue_full", { seconds: 1 }));
    const written = writeCompletion(feed, { identity, includeUsage: false, open, graceMs: 60_000 });
    await expect(written).rejects.toMatchObject({ code: "queue_full" });
    expect(state.open).toBe(false);
  });
});

test("a bug in the middle is told as server_error without its words, and thrown on so that it is logged", async () => {
  const feed = createEventFeed();
  const { frames, state, open } = recordStream();
  feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
  feed.fail(new TypeError("secret detail"));
  await expect(writeCompletion(feed, { identity, includeUsage: false, open })).rejects.toThrow("secret detail");
  expect(frames.at(-1)).toContain('"code":"server_error"');
  expect(frames.join("")).not.toContain("secret detail");
  expect(state.ended).toBe(true);
});

test("a reader that has gone hears nothing more, and the source is released", async () => {
  const { frames, state, open } = recordStream();
  let released = false;
  async function* events() {
    try {
      yield* sayWords("one");
    } finally {
      released = true;
    }
  }
  state.closed = true;
  await writeCompletion(events(), { identity, includeUsage: false, open });
  expect(frames).toEqual([]);
  expect(released).toBe(true);
});

test("a model's id and text are escaped as JSON", () => {
  const frames = chunkFrames({ ...identity, model: 'a"b' }, false);
  const text = 'line\n"quoted" \u2028 👋';
  const frame = frames.of({ type: "text-delta", text, tokens: 1 });
  expect(frame.endsWith("\n\n")).toBe(true);
  expect(frame.trimEnd()).not.toContain("\n");
  expect(JSON.parse(frame.slice(6))).toMatchObject({ model: 'a"b', choices: [{ delta: { content: text } }] });
});

test("a usage that a provider has not said is left out, not called zero", () => {
  const end = { type: "call-end", finishReason: "stop", usage: null } as const;
  const frames = chunkFrames(identity, true).of(end);
  expect(frames).not.toContain("prompt_tokens");
  expect(frames).toContain('"finish_reason":"stop"');
  expect(frames.endsWith("data: [DONE]\n\n")).toBe(true);
});
