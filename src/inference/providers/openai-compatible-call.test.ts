import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  chunk,
  done,
  type FakeProvider,
  frame,
  openStream,
  sayThrough,
  sendJson,
  startFakeProvider,
  usageFrame,
} from "../../../tests/support/fake-provider.ts";
import type { AppError } from "../../platform/errors.ts";
import { createEgress } from "../../platform/egress/egress.ts";
import type { ModelCallRequest, ModelEvent } from "../model-call.ts";
import { providerPresets } from "./catalogue.ts";
import { callOpenAiCompatible } from "./openai-compatible-call.ts";

const key = "sk-live-0123456789abcdef";
let outside: FakeProvider;
beforeEach(async () => (outside = await startFakeProvider()));
afterEach(() => outside[Symbol.asyncDispose]());

interface Wishes {
  readonly request?: Partial<ModelCallRequest>;
  readonly preset?: string;
  readonly key?: string | null;
  readonly idleMs?: number;
}

function call(wishes: Wishes = {}): AsyncGenerator<ModelEvent> {
  const provider = {
    name: "DeepSeek",
    baseUrl: outside.baseUrl,
    key: wishes.key === undefined ? key : wishes.key,
    preset: wishes.preset ?? "deepseek",
  };
  return callOpenAiCompatible({
    egress: createEgress({ logger: { info: () => {} } }),
    provider,
    model: "big",
    timeouts: wishes.idleMs === undefined ? undefined : { idleMs: wishes.idleMs, firstByteMs: wishes.idleMs },
    request: {
      model: "deepseek/big",
      messages: [{ role: "user", content: "Hi" }],
      lane: "api",
      userId: "ana",
      cacheScope: "ana",
      signal: new AbortController().signal,
      ...wishes.request,
    },
  });
}

const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");

/** What arrived before the failure, and its code. */
async function failure(events: AsyncIterable<ModelEvent>): Promise<{ text: string; error: AppError }> {
  const seen: ModelEvent[] = [];
  try {
    for await (const event of events) seen.push(event);
  } catch (error) {
    return { text: textOf(seen), error: error as AppError };
  }
  throw new Error(`it answered ${textOf(seen)}`);
}

/** All of it in one write, or one byte a write. */
function raw(text: string | Buffer, pieceBytes = Number.POSITIVE_INFINITY) {
  outside.answer = async (response) => {
    openStream(response);
    const bytes = Buffer.from(text);
    for (let start = 0; start < bytes.length; start += pieceBytes) {
      const isTaken = response.write(bytes.subarray(start, start + pieceBytes));
      if (pieceBytes < 10) await new Promise((resolve) => setImmediate(resolve));
      if (!isTaken) await new Promise((resolve) => response.once("drain", resolve));
    }
    response.end();
  };
}

describe("An answer", () => {
  test("comes as the port's events, with what it used", async () => {
    expect(await Array.fromAsync(call())).toEqual([
      { type: "call-start", promptTokens: null, cachedTokens: null },
      { type: "text-delta", text: "Hello", tokens: null },
      { type: "text-delta", text: " from", tokens: null },
      { type: "text-delta", text: " outside.", tokens: null },
      { type: "call-end", finishReason: "stop", usage: { promptTokens: 12, completionTokens: 3, cachedTokens: 4 } },
    ]);
  });

  test("is asked for with the key in a header, the model's own name and what was said, and nothing of who asks", async () => {
    const messages = [
      { role: "system" as const, content: "Be short." },
      { role: "user" as const, content: "হ্যালো" },
    ];
    await Array.fromAsync(
      call({ request: { messages, maxOutputTokens: 9, stop: ["END"], sampling: { temperature: 0, seed: 7 } } }),
    );
    const [seen] = outside.requests;
    expect(seen).toMatchObject({
      method: "POST",
      path: "/v1/chat/completions",
      headers: { authorization: `Bearer ${key}` },
    });
    expect(seen?.body).toEqual({
      model: "big",
      messages,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0,
      seed: 7,
      max_tokens: 9,
      stop: ["END"],
    });
    expect(JSON.stringify(seen)).not.toContain("ana");
  });

  test("is asked for in the form and with the biases that the request has", async () => {
    const schema = { type: "object" };
    const responseFormat = { type: "json-schema", name: "s", schema, strict: true } as const;
    await Array.fromAsync(call({ request: { responseFormat, logitBias: { 7: -5 } } }));
    await Array.fromAsync(call({ request: { responseFormat: { type: "json-object" } } }));
    expect(outside.requests[0]?.body).toMatchObject({
      response_format: { type: "json_schema", json_schema: { name: "s", schema, strict: true } },
      logit_bias: { 7: -5 },
    });
    expect(outside.requests[1]?.body).toMatchObject({ response_format: { type: "json_object" } });
  });

  test("is asked for in the words of each service, and what it does not know is refused before anything is sent", async () => {
    await Array.fromAsync(call({ preset: "openai", request: { maxOutputTokens: 9 } }));
    await Array.fromAsync(call({ preset: "other", key: null, request: { sampling: { topK: 5, repeatPenalty: 1.1 } } }));
    expect(outside.requests[0]?.body).toMatchObject({ max_completion_tokens: 9 });
    expect(outside.requests[1]?.body).toMatchObject({ top_k: 5, repetition_penalty: 1.1, repeat_penalty: 1.1 });
    expect(outside.requests[1]?.headers.authorization).toBeUndefined();
    const refused = await failure(call({ request: { sampling: { minP: 0.1 } } }));
    expect(refused.error).toMatchObject({ code: "unsupported_parameter", details: { param: "min_p" } });
    expect(outside.requests).toHaveLength(2);
  });

  test("that was broken off is not continued but refused before anything is sent", async () => {
    const refused = await failure(call({ request: { continueLastMessage: true } }));
    expect(refused.error.code).toBe("run_not_continuable");
    expect(outside.requests).toHaveLength(0);
  });

  test.each([1, 2, 3, 7])(
    "is the same when it comes in pieces of %d bytes, also through the middle of a character",
    async (bytes) => {
      const text = "কেমন আছেন? 🙂 “ok”";
      raw(chunk({ role: "assistant" }) + chunk({ content: text }) + chunk({}, "stop") + usageFrame + done, bytes);
      expect(textOf(await Array.fromAsync(call()))).toBe(text);
    },
  );

  test("whose character is cut between two events is put together again", async () => {
    raw(
      `data: {"choices":[{"index":0,"delta":{"content":"a\\ud83d"}}]}\n\ndata: {"choices":[{"index":0,"delta":{"content":"\\ude42b"}}]}\n\n${chunk({}, "stop")}`,
    );
    const events = await Array.fromAsync(call());
    expect(textOf(events)).toBe("a🙂b");
    expect(events.every((event) => event.type !== "text-delta" || event.text.isWellFormed())).toBe(true);
  });

  test("holds nothing of what the model thought before it spoke", async () => {
    raw(
      chunk({ role: "assistant", content: null, reasoning_content: "Let me think." }) +
        chunk({ reasoning: "Still.", reasoning_content: "Still." }) +
        chunk({ content: "42" }) +
        chunk({}, "stop") +
        done,
    );
    expect(textOf(await Array.fromAsync(call()))).toBe("42");
  });

  test("is whole without [DONE], without the last empty line, and with the connection cut behind the last word", async () => {
    const said = chunk({ content: "yes" }) + chunk({}, "stop");
    raw(said);
    expect((await Array.fromAsync(call())).at(-1)).toEqual({ type: "call-end", finishReason: "stop", usage: null });
    raw(said + usageFrame.trimEnd());
    expect((await Array.fromAsync(call())).at(-1)).toMatchObject({ usage: { promptTokens: 12 } });
    outside.answer = (response) => {
      openStream(response).write(said, () => response.destroy());
    };
    expect(textOf(await Array.fromAsync(call()))).toBe("yes");
  });

  test("of a server that ignores `stream` is taken from its whole reply", async () => {
    outside.answer = (response) =>
      sendJson(response, 200, {
        object: "chat.completion",
        choices: [{ index: 0, message: { role: "assistant", content: "all at once" }, finish_reason: "length" }],
        usage: { prompt_tokens: 1, completion_tokens: 2 },
      });
    const events = await Array.fromAsync(call());
    expect(textOf(events)).toBe("all at once");
    expect(events.at(-1)).toEqual({
      type: "call-end",
      finishReason: "length",
      usage: { promptTokens: 1, completionTokens: 2, cachedTokens: 0 },
    });
  });

  test.each([
    ["none", ""],
    ["a negative one", frame({ choices: [], usage: { prompt_tokens: -1, completion_tokens: 2 } })],
    ["a half one", frame({ choices: [], usage: { prompt_tokens: 5 } })],
    ["one of words", frame({ choices: [], usage: "many" })],
    ["null", frame({ choices: [], usage: null })],
  ])("with %s as its usage has an unknown one, not zero", async (_what, usage) => {
    raw(chunk({ content: "x" }) + chunk({}, "stop") + usage + done);
    expect((await Array.fromAsync(call())).at(-1)).toEqual({ type: "call-end", finishReason: "stop", usage: null });
  });

  test("has its usage also where others put it: Groq's field, DeepSeek's cache", async () => {
    raw(
      chunk({ content: "x" }) +
        frame({
          choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
          x_groq: { usage: { prompt_tokens: 3, completion_tokens: 1 } },
        }) +
        done,
    );
    expect((await Array.fromAsync(call())).at(-1)).toMatchObject({ usage: { promptTokens: 3, cachedTokens: 0 } });
    raw(
      chunk({ content: "x" }) +
        chunk({}, "stop") +
        frame({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 1, prompt_cache_hit_tokens: 8 } }) +
        done,
    );
    expect((await Array.fromAsync(call())).at(-1)).toMatchObject({ usage: { promptTokens: 9, cachedTokens: 8 } });
  });

  test("passes comments, events of other kinds, Windows line ends and a second choice by", async () => {
    const second = frame({ choices: [{ index: 1, delta: { content: "other" } }] });
    const text = `: OPENROUTER PROCESSING\n\nevent: ping\ndata: {"type":"ping"}\n\n${chunk({ content: "one" })}${second}${chunk({}, "stop")}${done}`;
    raw(text.replaceAll("\n", "\r\n"));
    expect(textOf(await Array.fromAsync(call()))).toBe("one");
  });
});

describe("A refusal", () => {
  const refuse = (status: number, body: unknown, headers = {}) => {
    outside.answer = (response) => sendJson(response, status, body, headers);
    return failure(call()).then(({ error }) => error);
  };
  const openAi = (message: string, code: string | null = null) => ({ error: { message, type: "x", code } });

  test.each([
    [401, openAi("Incorrect API key provided", "invalid_api_key"), "provider_key_refused"],
    [403, { error: "not in your country" }, "provider_key_refused"],
    [402, openAi("Insufficient Balance"), "provider_out_of_credit"],
    [429, openAi("You exceeded your current quota", "insufficient_quota"), "provider_out_of_credit"],
    [429, openAi("Rate limit reached", "rate_limit_exceeded"), "provider_busy"],
    [404, openAi("The model `big` does not exist", "model_not_found"), "provider_model_missing"],
    [
      400,
      openAi("This model's maximum context length is 8192 tokens", "context_length_exceeded"),
      "provider_context_exceeded",
    ],
    [400, openAi("prompt is too long: 9 > 8"), "provider_context_exceeded"],
    [413, {}, "provider_context_exceeded"],
    [400, openAi("temperature is out of range"), "provider_refused"],
    [422, { detail: [{ loc: ["body", "messages"], msg: "field required" }] }, "provider_refused"],
    [500, openAi("The server had an error"), "provider_failed"],
    [503, { object: "error", message: "overloaded", type: "x", code: 503 }, "provider_failed"],
  ] as const)("with %d and %j is %s", async (status, body, code) => {
    expect((await refuse(status, body)).code).toBe(code);
  });

  test("says when to try again, in seconds or as a date, and never for longer than an hour", async () => {
    const busy = (retryAfter: string) => refuse(429, openAi("slow down"), { "retry-after": retryAfter });
    expect((await busy("7")).details["seconds"]).toBe(7);
    expect((await busy("0.2")).details["seconds"]).toBe(1);
    expect((await busy("999999")).details["seconds"]).toBe(3600);
    const soon = Number((await busy(new Date(Date.now() + 30_000).toUTCString())).details["seconds"]);
    expect(soon).toBeGreaterThan(20);
    expect(soon).toBeLessThanOrEqual(31);
    expect((await busy("whenever")).details["seconds"]).toBe(20);
    expect((await busy("7")).retryable).toBe(true);
  });

  test("keeps the service's sentence, in one short line and without any key", async () => {
    const said = `Bad key ${key} or sk-proj-abc***xyz,\n\u202Eor  Bearer abc. ${"long ".repeat(200)}`;
    const error = await refuse(401, openAi(said));
    expect(error.message).toMatch(/^DeepSeek refused the key: Bad key … or …, or Bearer … long long/);
    expect(error.message.length).toBeLessThan(450);
    expect(JSON.stringify(error.details)).not.toMatch(/0123456789|abc\*|sk-proj|\n|\u202E/);
  });

  test("that is a page of a proxy or endless is told by its status", async () => {
    outside.answer = (response) => void response.writeHead(502).end("<html><h1>Bad gateway</h1></html>");
    expect((await failure(call())).error.message).toBe("DeepSeek could not answer: status 502. Try again.");
    outside.answer = (response) => {
      response.writeHead(500);
      const more = () => response.write("x".repeat(65_536), () => setImmediate(more));
      more();
    };
    expect((await failure(call())).error.code).toBe("provider_failed");
    expect(await outside.closed()).toBeGreaterThan(0);
  });

  test("that comes with 200 is a refusal all the same, as a whole reply and as a first event", async () => {
    expect((await refuse(200, openAi("Rate limit reached", "rate_limit_exceeded"))).code).toBe("provider_failed");
    expect((await refuse(200, { error: { message: "No credit", code: 402 } })).code).toBe("provider_out_of_credit");
    raw(frame({ error: { message: "overloaded", code: 429 } }));
    expect((await failure(call())).error.code).toBe("provider_busy");
  });

  test("in the middle keeps what had arrived", async () => {
    raw(chunk({ content: "half" }) + frame({ error: { message: "worker died" } }));
    const { text, error } = await failure(call());
    expect([text, error.message]).toEqual(["half", "DeepSeek could not answer: worker died. Try again."]);
  });

  test("by rules on content is no end of an answer", async () => {
    raw(chunk({ content: "half" }) + chunk({}, "content_filter") + done);
    const { text, error } = await failure(call());
    expect([text, error.code]).toEqual(["half", "provider_filtered"]);
  });
});

describe("What is no such API", () => {
  test.each([
    ["a web page", "<!doctype html><html>Welcome</html>"],
    ["another JSON", JSON.stringify({ hello: "world" })],
    ["a list", "[]"],
    ["half a JSON", '{"choices": [{"mess'],
    ["words", "Ollama is running"],
    ["events of something else", 'data: "tick"\n\ndata: 7\n\n'],
    ["nothing", ""],
  ])("is said so: %s", async (_what, text) => {
    raw(text);
    expect((await failure(call())).error.code).toBe("provider_not_compatible");
  });

  test("one event without an end does not fill the memory", async () => {
    outside.answer = (response) => {
      openStream(response).write("data: ");
      const more = () => response.write("x".repeat(1_000_000), () => setImmediate(more));
      more();
    };
    expect((await failure(call())).error.code).toBe("provider_not_compatible");
    expect(await outside.closed()).toBeGreaterThan(0);
  });
});

describe("A connection", () => {
  test("that breaks off in the middle is an error, with what had arrived, and is not tried again", async () => {
    outside.answer = (response) => {
      openStream(response).write(chunk({ content: "half" }), () => response.destroy());
    };
    const { text, error } = await failure(call());
    expect([text, error.code, error.retryable]).toEqual(["half", "provider_cut", true]);
    raw(chunk({ content: "half" }));
    expect((await failure(call())).error.code).toBe("provider_cut");
    expect(outside.requests).toHaveLength(2);
  });

  test("that falls silent ends with the watchdog", async () => {
    outside.answer = (response) => void openStream(response).write(chunk({ content: "half" }));
    const { text, error } = await failure(call({ idleMs: 50 }));
    expect([text, error.code]).toEqual(["half", "service_silent"]);
  });

  test("that nobody answers is said with the host", async () => {
    const gone = await startFakeProvider();
    await gone[Symbol.asyncDispose]();
    const { baseUrl } = outside;
    outside = { ...outside, baseUrl: gone.baseUrl };
    expect((await failure(call())).error.code).toBe("service_unreachable");
    outside = { ...outside, baseUrl };
  });

  test("is closed at once when somebody stops the answer, and when nobody reads on", async () => {
    outside.answer = (response) => void openStream(response).write(chunk({ content: "half" }));
    const stop = new AbortController();
    const events = call({ request: { signal: stop.signal } });
    await events.next();
    await events.next();
    const stoppedAt = performance.now();
    stop.abort(new Error("stopped"));
    await expect(events.next()).rejects.toThrow("stopped");
    expect((await outside.closed()) - stoppedAt).toBeLessThan(2_000);
    const others = call();
    await others.next();
    await others.return(undefined);
    expect(await outside.closed()).toBeGreaterThan(0);
  });

  test("that stays open behind the last word does not hold the answer up for ever", async () => {
    outside.answer = (response) => void openStream(response).write(chunk({ content: "yes" }) + chunk({}, "stop"));
    expect((await Array.fromAsync(call())).at(-1)).toMatchObject({ type: "call-end", usage: null });
    expect(await outside.closed()).toBeGreaterThan(0);
  });
});

test("the catalogue has each service once, with addresses that are safe to send a key to", () => {
  expect(new Set(providerPresets.map(({ id }) => id)).size).toBe(providerPresets.length);
  expect(providerPresets.at(-1)?.id).toBe("other");
  for (const { baseUrl, needsKey } of providerPresets.slice(0, -1)) {
    expect(baseUrl).toMatch(/^https:\/\/[a-z.-]+(\/[a-z0-9-]+)*$/);
    expect(needsKey).toBe(true);
  }
});

test("two answers at once do not mix", async () => {
  outside.answer = (response, { body }) =>
    sayThrough(response, [String((body["messages"] as { content: string }[])[0]?.content)]);
  const texts = await Promise.all(
    ["one", "two", "three"].map(async (content) =>
      textOf(await Array.fromAsync(call({ request: { messages: [{ role: "user", content }] } }))),
    ),
  );
  expect(texts).toEqual(["one", "two", "three"]);
});

describe("how much to think", () => {
  beforeEach(() => {
    outside.answer = (response) => sayThrough(response, ["Yes."]);
  });

  test.each([
    ["openai", { effort: "high" }, { reasoning_effort: "high" }],
    ["deepseek", { effort: "none" }, { thinking: { type: "disabled" } }],
    ["deepseek", { effort: "max" }, { reasoning_effort: "max" }],
    ["qwen", { effort: "none" }, { enable_thinking: false }],
    ["qwen", { effort: "low", maxTokens: 100 }, { enable_thinking: true, thinking_budget: 100 }],
  ] as const)("%s is told by its own names (%j)", async (preset, reasoning, sent) => {
    await Array.fromAsync(call({ preset, request: { reasoning } }));
    expect(outside.requests.at(-1)?.body).toMatchObject(sent);
  });

  test("a budget that a service does not know is refused by name", async () => {
    const { error } = await failure(call({ preset: "openai", request: { reasoning: { maxTokens: 5 } } }));
    expect(error).toMatchObject({ code: "unsupported_parameter", details: { param: "thinking_budget" } });
  });
});

describe("tools", () => {
  const tools = [{ name: "get_weather", description: "The weather", parameters: { type: "object" }, strict: true }];
  const callsOf = (events: readonly ModelEvent[]) =>
    events.flatMap((event) => (event.type === "tool-call-delta" ? [[event.index, event.call, event.arguments]] : []));
  const piece = (fields: object) => frame({ choices: [{ index: 0, delta: { tool_calls: [fields] } }] });
  const end = frame({ choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] });
  const stream = (...frames: readonly string[]) => {
    outside.answer = (response) => {
      openStream(response);
      response.end(frames.join("") + done);
    };
  };

  test("calls come as they are streamed, each with its id and its name once", async () => {
    stream(
      piece({ index: 0, id: "a", type: "function", function: { name: "get_weather", arguments: "" } }),
      piece({ index: 0, id: "a", function: { name: null, arguments: '{"city":' } }),
      piece({ index: 0, function: { arguments: '"Paris"}' } }),
      piece({ index: 1, id: "b", function: { name: "get_weather", arguments: "{}" } }),
      end,
    );
    const events = await Array.fromAsync(call({ request: { tools } }));
    expect(callsOf(events)).toEqual([
      [0, { id: "a", name: "get_weather" }, ""],
      [0, null, '{"city":'],
      [0, null, '"Paris"}'],
      [1, { id: "b", name: "get_weather" }, "{}"],
    ]);
    expect(events.at(-1)).toMatchObject({ type: "call-end", finishReason: "tool-calls" });
  });

  test("what some services leave out or do otherwise is understood", async () => {
    stream(
      piece({ function: { name: "get_weather", arguments: { city: "Paris" } } }),
      piece({ index: 7, function: { arguments: "nobody's" } }),
      frame({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }] }),
    );
    const events = await Array.fromAsync(call({ request: { tools } }));
    expect(callsOf(events)).toEqual([
      [0, { id: expect.stringMatching(/^call_[0-9a-f]{32}$/), name: "get_weather" }, '{"city":"Paris"}'],
    ]);
    expect(events.at(-1)).toMatchObject({ finishReason: "tool-calls" });
  });

  test("tools, the choice and the conversation go out in OpenAI's form", async () => {
    stream(end);
    const toolCalls = [{ id: "a", name: "get_weather", arguments: "{}" }];
    const messages = [
      { role: "assistant", content: "", reasoning: "Hm.", toolCalls },
      { role: "tool", content: "rain", toolCallId: "a" },
    ] as const;
    const toolChoice = { mode: "required", names: ["get_weather"] } as const;
    await Array.fromAsync(call({ request: { tools, toolChoice, parallelToolCalls: false, messages } }));
    expect(outside.requests.at(-1)?.body).toMatchObject({
      tools: [
        {
          type: "function",
          function: { name: "get_weather", description: "The weather", parameters: { type: "object" }, strict: true },
        },
      ],
      tool_choice: { type: "function", function: { name: "get_weather" } },
      parallel_tool_calls: false,
      messages: [
        {
          role: "assistant",
          content: null,
          // DeepSeek wants it back where a tool was called.
          reasoning_content: "Hm.",
          tool_calls: [{ id: "a", type: "function", function: { name: "get_weather", arguments: "{}" } }],
        },
        { role: "tool", content: "rain", tool_call_id: "a" },
      ],
    });
    await Array.fromAsync(call({ preset: "openai", request: { tools, messages } }));
    const body = outside.requests.at(-1)?.body as { messages: readonly object[] };
    expect(body.messages[0]).not.toHaveProperty("reasoning_content");
    expect(body).not.toHaveProperty("parallel_tool_calls");
  });

  test("without tools none of their names go out", async () => {
    stream(end);
    await Array.fromAsync(call({}));
    for (const name of ["tools", "tool_choice", "parallel_tool_calls"])
      expect(outside.requests.at(-1)?.body).not.toHaveProperty(name);
  });
});
