// The official `openai` package, unchanged, against the real HTTP server.
import OpenAI from "openai";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ChatCompletion, ChatCompletionChunk } from "../../src/features/openai-api/contract.ts";
import type { ModelEvent } from "../../src/inference/model-call.ts";
import { AppError } from "../../src/platform/errors.ts";
import { createEventFeed, sayWords } from "../support/fake-model.ts";
import { apiKey, type ApiServer, startApiServer } from "../support/start-api-server.ts";

let server: ApiServer;
let client: OpenAI;
const question = { model: "fake", messages: [{ role: "user" as const, content: "Hello?" }] };

beforeAll(async () => {
  server = await startApiServer();
  client = new OpenAI({ apiKey, baseURL: `${server.address}/v1` });
});
beforeEach(() => {
  server.model.answer = () => sayWords("Hello from the model.");
});
afterAll(() => server[Symbol.asyncDispose]());

describe("answers", () => {
  test("a whole answer has OpenAI's shape, usage and a request id", async () => {
    const answer = await client.chat.completions.create(question);
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^chatcmpl-[0-9a-f]{32}$/),
      object: "chat.completion",
      created: expect.closeTo(Date.now() / 1000, -1.5),
      model: "fake",
      service_tier: "default",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hello from the model.", refusal: null, annotations: [] },
          logprobs: null,
          finish_reason: "stop",
        },
      ],
      usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14, prompt_tokens_details: { cached_tokens: 0 } },
    });
    expect(answer._request_id).toMatch(/^req_/);
    const { _request_id, ...body } = answer;
    expect(body).toEqual(ChatCompletion.parse(body));
  });

  test("a stream has the role first, one id, and no usage unless asked for", async () => {
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({ ...question, stream: true })) {
      chunks.push(ChatCompletionChunk.parse(chunk));
    }
    expect(chunks.map((chunk) => chunk.choices[0]!.delta)).toEqual([
      { role: "assistant", content: "", refusal: null },
      { content: "Hello " },
      { content: "from " },
      { content: "the " },
      { content: "model." },
      {},
    ]);
    expect(chunks.map((chunk) => chunk.choices[0]!.finish_reason)).toEqual([null, null, null, null, null, "stop"]);
    expect(new Set(chunks.map((chunk) => `${chunk.id} ${chunk.created}`)).size).toBe(1);
    expect(chunks.some((chunk) => "usage" in chunk)).toBe(false);
  });

  test("with include_usage the last chunk has it and the others say null", async () => {
    server.model.answer = async function* () {
      yield { type: "call-start", promptTokens: 100, cachedTokens: 80 };
      yield { type: "text-delta", text: "Hi", tokens: 1 };
      yield {
        type: "call-end",
        finishReason: "length",
        usage: { promptTokens: 100, cachedTokens: 80, completionTokens: 1 },
      };
    };
    const chunks = [];
    const stream = await client.chat.completions.create({
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      chunks.push(ChatCompletionChunk.parse(chunk));
    }
    expect(chunks.slice(0, -1).map((chunk) => chunk.usage)).toEqual([null, null, null]);
    expect(chunks.at(-2)!.choices[0]!.finish_reason).toBe("length");
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: {
        prompt_tokens: 100,
        total_tokens: 101,
        prompt_tokens_details: { cached_tokens: 80 },
        prompt_cache_hit_tokens: 80,
        prompt_cache_miss_tokens: 20,
      },
    });
  });

  test("comments about the queue disturb no stream, and its headers tell the place", async () => {
    server.model.answer = async function* () {
      yield { type: "queue-position", position: 3, estimatedMs: 12_300 };
      yield { type: "queue-position", position: 1, estimatedMs: null };
      yield* sayWords("Hello at last.");
    };
    const { data, response } = await client.chat.completions.create({ ...question, stream: true }).withResponse();
    expect(response.headers.get("x-shobar-queue-position")).toBe("3");
    expect(response.headers.get("x-shobar-queue-estimated-ms")).toBe("12300");
    let text = "";
    for await (const chunk of data) text += chunk.choices[0]?.delta.content ?? "";
    expect(text).toBe("Hello at last.");
    server.model.answer = () => sayWords("Hello at once.");
    const unqueued = await client.chat.completions.create({ ...question, stream: true }).withResponse();
    expect(unqueued.response.headers.has("x-shobar-queue-position")).toBe(false);
    for await (const chunk of unqueued.data) expect(chunk.object).toBe("chat.completion.chunk");
  });

  test("the stream helper of the package collects the same answer", async () => {
    const answer = await client.chat.completions.stream(question).finalChatCompletion();
    expect(answer.choices[0]!.message.content).toBe("Hello from the model.");
  });

  test("every parameter that a model can follow arrives there", async () => {
    await client.chat.completions.create({
      ...question,
      messages: [
        { role: "developer", content: "Be short." },
        {
          role: "user",
          content: [
            { type: "text", text: "One" },
            { type: "text", text: "two" },
          ],
          name: "ana",
        },
        { role: "assistant", content: "Three" },
        { role: "user", content: "Four?" },
      ],
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      stop: ["END"],
      presence_penalty: 0.25,
      frequency_penalty: -0.5,
      max_completion_tokens: 20,
    });
    expect(server.model.requests.at(-1)).toMatchObject({
      messages: [
        { role: "system", content: "Be short." },
        { role: "user", content: "One\ntwo", name: "ana" },
        { role: "assistant", content: "Three" },
        { role: "user", content: "Four?" },
      ],
      sampling: { temperature: 0.5, topP: 0.9, seed: 7, presencePenalty: 0.25, frequencyPenalty: -0.5 },
      stop: ["END"],
      maxOutputTokens: 20,
      lane: "api",
    });
  });

  test("models are listed and read", async () => {
    const models = await Array.fromAsync(client.models.list());
    expect(models).toMatchObject([{ id: "fake", object: "model", created: 1_700_000_000, owned_by: "shobar" }]);
    expect(await client.models.retrieve("fake")).toMatchObject({ id: "fake", context_length: 2048, status: "loaded" });
    expect(await client.models.retrieve("fake:latest")).toMatchObject({ id: "fake" });
  });
});

describe("errors have the package's own classes", () => {
  const once = { maxRetries: 0 };

  test("a wrong key is an AuthenticationError", async () => {
    const stranger = new OpenAI({ apiKey: "sk-wrong", baseURL: `${server.address}/v1` });
    const error = await failureOf(stranger.chat.completions.create(question));
    expect(error).toBeInstanceOf(OpenAI.AuthenticationError);
    expect(error).toMatchObject({ status: 401, code: "invalid_api_key", requestID: expect.stringMatching(/^req_/) });
  });

  test("an unknown model is a NotFoundError that names the parameter", async () => {
    const error = await failureOf(client.chat.completions.create({ ...question, model: "gpt-none" }));
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect(error).toMatchObject({ code: "model_not_found", param: "model" });
    expect(await failureOf(client.models.retrieve("owner/none"))).toBeInstanceOf(OpenAI.NotFoundError);
  });

  test("a prompt that is too long is a BadRequestError, streaming or not", async () => {
    server.model.answer = () =>
      failing(new AppError("context_length_exceeded", { promptTokens: 5000, contextTokens: 2048 }));
    for (const stream of [false, true]) {
      const error = await failureOf(client.chat.completions.create({ ...question, stream }));
      expect(error).toBeInstanceOf(OpenAI.BadRequestError);
      expect(error).toMatchObject({
        code: "context_length_exceeded",
        param: "messages",
        type: "invalid_request_error",
      });
    }
  });

  test("what is not supported is refused by name", async () => {
    const error = await failureOf(client.chat.completions.create({ ...question, n: 2 }));
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error).toMatchObject({ code: "unsupported_parameter", param: "n" });
  });

  test("a full queue is a RateLimitError that says when to come back, and the package tries again by itself", async () => {
    server.model.answer = () => failing(new AppError("queue_full", { seconds: 900 }));
    const error = (await failureOf(client.chat.completions.create(question, once))) as InstanceType<
      typeof OpenAI.RateLimitError
    >;
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error.headers.get("retry-after")).toBe("60");
    expect(error.headers.get("x-should-retry")).toBe("true");

    let calls = 0;
    server.model.answer = () =>
      ++calls === 1 ? failing(new AppError("queue_full", { seconds: 1 })) : sayWords("Second time.");
    const answer = await client.chat.completions.create(question);
    expect(answer.choices[0]!.message.content).toBe("Second time.");
    expect(calls).toBe(2);
  });

  test("a failure that trying again cannot change is not tried again", async () => {
    let calls = 0;
    server.model.answer = () => {
      calls++;
      return failing(new AppError("engine_unavailable", { problem: "the system is too old" }));
    };
    expect(await failureOf(client.chat.completions.create(question))).toMatchObject({
      status: 503,
      code: "engine_unavailable",
    });
    expect(calls).toBe(1);
  });

  test("a crash in the middle of a stream throws in the reader's loop after what had arrived", async () => {
    const feed = createEventFeed();
    server.model.answer = () => feed;
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    feed.push({ type: "text-delta", text: "Half", tokens: 1 });
    feed.fail(new AppError("engine_crashed"));
    let text = "";
    const error = await failureOf(
      (async () => {
        for await (const chunk of await client.chat.completions.create({ ...question, stream: true })) {
          text += chunk.choices[0]!.delta.content ?? "";
        }
      })(),
    );
    expect(text).toBe("Half");
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({ code: "engine_crashed", type: "server_error" });
  });
});

describe("leaving", () => {
  test.each([true, false])("a client that aborts ends the model's call (stream: %s)", async (stream) => {
    const feed = createEventFeed();
    server.model.answer = () => feed;
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    feed.push({ type: "text-delta", text: "Half", tokens: 1 });
    const calls = server.model.requests.length;
    const controller = new AbortController();
    const answer = client.chat.completions.create({ ...question, stream }, { signal: controller.signal });
    if (stream) {
      const reader = (await answer) as AsyncIterable<unknown>;
      await reader[Symbol.asyncIterator]().next();
    }
    await expect.poll(() => server.model.requests.length).toBe(calls + 1);
    const { signal } = server.model.requests.at(-1)!;
    expect(signal.aborted).toBe(false);
    controller.abort();
    await answer.catch(() => undefined);
    await expect.poll(() => signal.aborted).toBe(true);
    // A reader who leaves is no fault of the server.
    await client.models.list();
    expect(server.complaints).toEqual([]);
  });
});

// eslint-disable-next-line require-yield -- a call that is refused yields nothing
async function* failing(error: Error): AsyncGenerator<never> {
  throw error;
}

function failureOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("tools", () => {
  const weather = {
    type: "function" as const,
    function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
  };
  const usage = { promptTokens: 10, cachedTokens: 0, completionTokens: 9 };

  /** Two calls, the first in pieces, as a model writes them. */
  async function* twoCalls(): AsyncGenerator<ModelEvent> {
    yield { type: "call-start", promptTokens: 10, cachedTokens: 0 };
    const more = (index: number, text: string): ModelEvent => ({
      type: "tool-call-delta",
      index,
      call: null,
      arguments: text,
      tokens: 1,
    });
    const call = (id: string) => ({ id, name: "get_weather" });
    yield { type: "tool-call-delta", index: 0, call: call("a1"), arguments: "", tokens: 3 };
    yield more(0, '{"city": ');
    yield more(0, '"Paris"}');
    yield { type: "tool-call-delta", index: 1, call: call("b2"), arguments: '{"city": "Rome"}', tokens: 4 };
    yield { type: "call-end", finishReason: "tool-calls", usage };
  }

  test("a whole answer names the calls and says nothing", async () => {
    server.model.answer = twoCalls;
    const { _request_id, ...answer } = await client.chat.completions.create({ ...question, tools: [weather] });
    expect(answer).toEqual(ChatCompletion.parse(answer));
    expect(answer.choices[0]).toMatchObject({
      finish_reason: "tool_calls",
      message: {
        content: null,
        tool_calls: [
          { id: "a1", type: "function", function: { name: "get_weather", arguments: '{"city": "Paris"}' } },
          { id: "b2", type: "function", function: { name: "get_weather", arguments: '{"city": "Rome"}' } },
        ],
      },
    });
    expect(server.model.requests.at(-1)).toMatchObject({
      tools: [{ name: "get_weather" }],
      toolChoice: { mode: "auto", names: null },
    });
  });

  test("the streaming helper puts the pieces of the arguments together", async () => {
    server.model.answer = twoCalls;
    const chunks: ChatCompletionChunk[] = [];
    const stream = client.chat.completions.stream({ ...question, tools: [weather] });
    stream.on("chunk", (chunk) => chunks.push(ChatCompletionChunk.parse(chunk)));
    const { choices } = await stream.finalChatCompletion();
    expect(choices[0]?.finish_reason).toBe("tool_calls");
    expect(choices[0]?.message.tool_calls?.map((call) => call.id)).toEqual(["a1", "b2"]);
    const given = choices[0]?.message.tool_calls?.map((call) =>
      call.type === "function" ? call.function.arguments : "",
    );
    expect(given).toEqual(['{"city": "Paris"}', '{"city": "Rome"}']);
    expect(chunks.flatMap((chunk) => chunk.choices[0]?.delta.tool_calls ?? [])).toEqual([
      { index: 0, id: "a1", type: "function", function: { name: "get_weather", arguments: "" } },
      { index: 0, function: { arguments: '{"city": ' } },
      { index: 0, function: { arguments: '"Paris"}' } },
      { index: 1, id: "b2", type: "function", function: { name: "get_weather", arguments: '{"city": "Rome"}' } },
    ]);
  });

  test("the package's runner calls a function and sends its result back", async () => {
    server.model.answer = (request) =>
      request.messages.at(-1)?.role === "tool" ? sayWords("Rain in Paris.") : callOf("Paris");
    const runner = client.chat.completions.runTools({
      ...question,
      tools: [
        {
          type: "function",
          function: {
            name: "get_weather",
            description: "The weather of a city",
            parameters: { type: "object", properties: { city: { type: "string" } } },
            parse: JSON.parse,
            function: ({ city }: { city: string }) => `rain in ${city}`,
          },
        },
      ],
    });
    expect(await runner.finalContent()).toBe("Rain in Paris.");
    expect(server.model.requests.at(-1)?.messages.slice(-2)).toEqual([
      {
        role: "assistant",
        content: "",
        toolCalls: [{ id: "a1", name: "get_weather", arguments: '{"city": "Paris"}' }],
      },
      { role: "tool", content: "rain in Paris", toolCallId: "a1" },
    ]);
  });

  async function* callOf(city: string): AsyncGenerator<ModelEvent> {
    yield { type: "call-start", promptTokens: 10, cachedTokens: 0 };
    const call = { id: "a1", name: "get_weather" };
    yield {
      type: "tool-call-delta",
      index: 0,
      call,
      arguments: JSON.stringify({ city }).replace(":", ": "),
      tokens: 5,
    };
    yield { type: "call-end", finishReason: "tool-calls", usage };
  }
});
