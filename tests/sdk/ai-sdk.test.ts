// The AI SDK with its OpenAI-compatible provider, unchanged, against the real HTTP server.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { APICallError, generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { AppError } from "../../src/platform/errors.ts";
import { createEventFeed, sayWords } from "../support/fake-model.ts";
import { apiKey, type ApiServer, startApiServer } from "../support/start-api-server.ts";

let server: ApiServer;
let provider: ReturnType<typeof createOpenAICompatible>;

beforeAll(async () => {
  server = await startApiServer();
  provider = createOpenAICompatible({ name: "shobar", baseURL: `${server.address}/v1`, apiKey, includeUsage: true });
});
beforeEach(() => {
  server.model.answer = () => sayWords("Hello from the model.");
});
afterAll(() => server[Symbol.asyncDispose]());

test("generateText gets the text, the reason for its end and the usage", async () => {
  const { text, finishReason, usage } = await generateText({
    model: provider("fake"),
    prompt: "Hello?",
    maxOutputTokens: 50,
  });
  expect(text).toBe("Hello from the model.");
  expect(finishReason).toBe("stop");
  expect(usage).toMatchObject({ inputTokens: 10, outputTokens: 4, totalTokens: 14 });
  expect(server.model.requests.at(-1)).toMatchObject({
    maxOutputTokens: 50,
    messages: [{ role: "user", content: "Hello?" }],
  });
});

test("streamText gets every piece and the cached tokens", async () => {
  server.model.answer = async function* () {
    yield { type: "call-start", promptTokens: 30, cachedTokens: 20 };
    yield { type: "text-delta", text: "হ্যালো ", tokens: 2 };
    yield { type: "text-delta", text: "👋🏽", tokens: 3 };
    yield {
      type: "call-end",
      finishReason: "length",
      usage: { promptTokens: 30, cachedTokens: 20, completionTokens: 5 },
    };
  };
  const result = streamText({
    model: provider("fake"),
    messages: [
      { role: "user", content: [{ type: "text", text: "One" }] },
      { role: "assistant", content: "Two" },
      { role: "user", content: "Three" },
    ],
    temperature: 0,
  });
  expect(await Array.fromAsync(result.textStream)).toEqual(["হ্যালো ", "👋🏽"]);
  expect(await result.finishReason).toBe("length");
  const usage = await result.usage;
  expect(usage).toMatchObject({ inputTokens: 30, outputTokens: 5 });
  expect(usage.inputTokenDetails.cacheReadTokens).toBe(20);
  expect(server.model.requests.at(-1)!.sampling).toMatchObject({ temperature: 0 });
});

test("a refusal is an APICallError with the server's sentence", async () => {
  const error = await generateText({ model: provider("none"), prompt: "Hello?", maxRetries: 0 }).catch(
    (caught: unknown) => caught,
  );
  expect(APICallError.isInstance(error)).toBe(true);
  expect(error).toMatchObject({ statusCode: 404, isRetryable: false, message: "The model none is not here." });
});

test("a crash in the middle of a stream arrives as an error part after the text", async () => {
  const feed = createEventFeed();
  server.model.answer = () => feed;
  feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
  feed.push({ type: "text-delta", text: "Half", tokens: 1 });
  feed.fail(new AppError("engine_crashed"));
  const errors: unknown[] = [];
  const result = streamText({
    model: provider("fake"),
    prompt: "Hello?",
    onError: ({ error }) => void errors.push(error),
  });
  const parts = await Array.fromAsync(result.fullStream);
  expect(parts.filter((part) => part.type === "text-delta").map((part) => part.text)).toEqual(["Half"]);
  expect(parts.map((part) => part.type)).toContain("error");
  expect(String(errors[0])).toContain("The model stopped working");
});

test("aborting ends the model's call", async () => {
  const feed = createEventFeed();
  server.model.answer = () => feed;
  feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
  feed.push({ type: "text-delta", text: "Half", tokens: 1 });
  const controller = new AbortController();
  const calls = server.model.requests.length;
  const result = streamText({ model: provider("fake"), prompt: "Hello?", abortSignal: controller.signal });
  const reader = result.textStream[Symbol.asyncIterator]();
  await reader.next();
  expect(server.model.requests.length).toBe(calls + 1);
  const { signal } = server.model.requests.at(-1)!;
  expect(signal.aborted).toBe(false);
  controller.abort();
  await expect.poll(() => signal.aborted).toBe(true);
});

test("a tool is run with the arguments that were streamed, and its result goes back", async () => {
  server.model.answer = async function* (request) {
    yield { type: "call-start", promptTokens: 10, cachedTokens: 0 };
    const usage = { promptTokens: 10, cachedTokens: 0, completionTokens: 5 };
    if (request.messages.at(-1)?.role === "tool") {
      yield { type: "text-delta", text: "Rain.", tokens: 2 };
      yield { type: "call-end", finishReason: "stop", usage };
      return;
    }
    const call = { id: "a1", name: "get_weather" };
    yield { type: "reasoning-delta", text: "I look.", tokens: 2 };
    yield { type: "tool-call-delta", index: 0, call, arguments: '{"ci', tokens: 1 };
    yield { type: "tool-call-delta", index: 0, call: null, arguments: 'ty": "Paris"}', tokens: 2 };
    yield { type: "call-end", finishReason: "tool-calls", usage };
  };
  const asked: unknown[] = [];
  const inputSchema = jsonSchema<{ city: string }>({ type: "object", properties: { city: { type: "string" } } });
  const result = streamText({
    model: provider("fake"),
    prompt: "Weather?",
    stopWhen: stepCountIs(2),
    tools: { get_weather: tool({ inputSchema, execute: (input) => (asked.push(input), "rain") }) },
  });
  expect((await Array.fromAsync(result.textStream)).join("")).toBe("Rain.");
  expect(asked).toEqual([{ city: "Paris" }]);
  expect(server.model.requests.at(-1)?.messages.slice(-2)).toMatchObject([
    { role: "assistant", toolCalls: [{ id: "a1", name: "get_weather" }] },
    { role: "tool", toolCallId: "a1", content: "rain" },
  ]);
});
