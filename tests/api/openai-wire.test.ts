// What is on the wire, byte by byte, where SDKs are more forgiving than programs that people write.
import { connect } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { AppError } from "../../src/platform/errors.ts";
import { createEventFeed, sayWords } from "../support/fake-model.ts";
import { sendMutatedBodies } from "../support/send-mutated-bodies.ts";
import { apiKey, type ApiServer, startApiServer } from "../support/start-api-server.ts";

let server: ApiServer;
const question = { model: "fake", messages: [{ role: "user", content: "Hello?" }] };

beforeAll(async () => {
  server = await startApiServer();
});
beforeEach(() => {
  server.model.answer = () => sayWords("Hi you");
});
afterAll(() => server[Symbol.asyncDispose]());

function ask(body: unknown, path = "/v1/chat/completions", headers: Record<string, string> = {}): Promise<Response> {
  return fetch(server.address + path, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}`, "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

describe("a stream", () => {
  test("is these bytes", async () => {
    const response = await ask({ ...question, stream: true, stream_options: { include_usage: true } });
    const text = await response.text();
    const [, id, created, fingerprint] =
      /"id":"(chatcmpl-\w+)".*?"created":(\d+).*?"system_fingerprint":"(fp_\w+)"/.exec(text)!;
    const head = `data: {"id":"${id}","object":"chat.completion.chunk","created":${created},"model":"fake","service_tier":"default","system_fingerprint":"${fingerprint}"`;
    const chunk = (delta: string, finish = "null") =>
      `${head},"choices":[{"index":0,"delta":${delta},"logprobs":null,"finish_reason":${finish}}],"usage":null}\n\n`;
    const usage =
      '{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},' +
      '"completion_tokens_details":{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0},' +
      '"prompt_cache_hit_tokens":0,"prompt_cache_miss_tokens":10}';
    expect(text).toBe(
      chunk('{"role":"assistant","content":"","refusal":null}') +
        chunk('{"content":"Hi "}') +
        chunk('{"content":"you"}') +
        chunk("{}", '"stop"') +
        `${head},"choices":[],"usage":${usage}}\n\n` +
        "data: [DONE]\n\n",
    );
  });

  test("has the headers that proxies and SDKs look for, and says that a machine wrote it", async () => {
    const response = await ask({ ...question, stream: true }, undefined, { "x-request-id": "my-request-1" });
    await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "x-request-id": "my-request-1",
      "openai-processing-ms": expect.stringMatching(/^\d+$/),
      "x-ai-generated": "true",
      "x-shobar-model": "fake",
    });
  });

  test("says in comments what it waits for, with its headers sent as soon as the call is in the queue", async () => {
    const feed = createEventFeed();
    server.model.answer = () => feed;
    feed.push({ type: "queue-position", position: 3, estimatedMs: 2_000 });
    const response = await ask({ ...question, stream: true });
    expect(response.status).toBe(200);
    expect(response.headers.get("x-shobar-queue-position")).toBe("3");
    expect(response.headers.get("x-shobar-queue-estimated-ms")).toBe("2000");
    feed.push({ type: "queue-position", position: 1, estimatedMs: null });
    feed.push({ type: "model-loading", percent: 60.4 });
    for await (const event of sayWords("Hi")) {
      feed.push(event);
    }
    expect(await response.text()).toMatch(
      /^: queue position 3, about 2 s\n\n: queue position 1\n\n: loading 60 %\n\ndata: \{.*\}\n\n/,
    );
  });

  test("that fails in the middle ends with the error and without [DONE]", async () => {
    const feed = createEventFeed();
    server.model.answer = () => feed;
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    feed.fail(new AppError("engine_crashed"));
    const response = await ask({ ...question, stream: true });
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text.split("\n\n").at(-2)).toBe(
      'data: {"error":{"message":"The model stopped working in the middle and is starting again. Try again.","type":"server_error","param":null,"code":"engine_crashed"}}',
    );
    expect(text).not.toContain("[DONE]");
  });

  test("of a model that ends without saying so is an error, never a quiet end", async () => {
    const feed = createEventFeed();
    server.model.answer = () => feed;
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    feed.end();
    expect(await (await ask({ ...question, stream: true })).text()).toContain('"code":"server_error"');
  });

  test("whose prompt turns out too long while the model loads still has its status", async () => {
    const feed = createEventFeed();
    server.model.answer = () => feed;
    feed.push({ type: "model-loading", percent: 10 });
    feed.fail(new AppError("context_length_exceeded", { promptTokens: 9, contextTokens: 8 }));
    expect((await ask({ ...question, stream: true })).status).toBe(400);
  });

  test("ends the model's call when its socket dies without a goodbye", async () => {
    const feed = createEventFeed();
    server.model.answer = () => feed;
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    const body = JSON.stringify({ ...question, stream: true });
    const socket = connect(Number(new URL(server.address).port), "127.0.0.1");
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${apiKey}\r\n` +
        `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await new Promise((resolve) => socket.once("data", resolve));
    const { signal } = server.model.requests.at(-1)!;
    expect(signal.aborted).toBe(false);
    socket.resetAndDestroy();
    await expect.poll(() => signal.aborted).toBe(true);
  });
});

describe("addresses", () => {
  test.each(["/v1/chat/completions/", "/chat/completions", "/chat/completions/"])("%s answers too", async (path) => {
    expect((await ask(question, path)).status).toBe(200);
  });

  test.each(["/v1/models/", "/v1/models/fake", "/v1/models/fake:latest"])("%s answers too", async (path) => {
    const response = await fetch(server.address + path, { headers: { authorization: `Bearer ${apiKey}` } });
    expect(response.status).toBe(200);
  });

  test("an id with a slash is found, written as it is or encoded", async () => {
    await using other = await startApiServer({ id: "org/model-1b" });
    for (const path of ["org/model-1b", "org%2Fmodel-1b"]) {
      const response = await fetch(`${other.address}/v1/models/${path}`, {
        headers: { authorization: `Bearer ${apiKey}` },
      });
      expect(await response.json()).toMatchObject({ id: "org/model-1b" });
    }
  });

  test("an unknown one is refused in the API's form", async () => {
    const response = await ask(question, "/v1/embeddings");
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      error: { code: "unknown_url", type: "invalid_request_error", param: null },
    });
  });
});

describe("refusals", () => {
  test.each([
    [401, "invalid_api_key", null, question, { authorization: "Bearer wrong" }],
    [401, "invalid_api_key", null, question, { authorization: "" }],
    [400, "invalid_value", null, "{", {}],
    [400, "invalid_value", null, "[]", {}],
    [400, "invalid_value", null, "", {}],
    [415, "unsupported_media_type", null, "x", { "content-type": "application/x-www-form-urlencoded" }],
    [400, "invalid_value", "model", { ...question, model: 3 }, {}],
    [400, "invalid_value", "messages", { model: "fake" }, {}],
    [400, "invalid_value", "messages", { ...question, messages: [] }, {}],
    [400, "invalid_value", "messages[0].content", { ...question, messages: [{ role: "user", content: 3 }] }, {}],
    [400, "invalid_value", "temperature", { ...question, temperature: 3 }, {}],
    [400, "invalid_value", "stop", { ...question, stop: ["1", "2", "3", "4", "5"] }, {}],
    [400, "invalid_value", "max_tokens", { ...question, max_tokens: 0 }, {}],
    [400, "unsupported_parameter", "n", { ...question, n: 2 }, {}],
    [404, "model_not_found", "model", { ...question, model: "gpt-none" }, {}],
  ])("%i %s (%s)", async (status, code, param, body, headers) => {
    const response = await ask(body, undefined, headers);
    expect(response.status).toBe(status);
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({ code, param, message: expect.any(String), type: expect.any(String) });
    expect(response.headers.get("x-ai-generated")).toBeNull();
    expect(response.headers.get("x-request-id")).toMatch(/^req_/);
  });

  test("a body beyond the limit is refused with 413", async () => {
    const response = await ask({ ...question, messages: [{ role: "user", content: "x".repeat(9_000_000) }] });
    expect(response.status).toBe(413);
  });

  test("a body that is nested absurdly deep is refused like any other", async () => {
    const deep = "[".repeat(500_000) + "]".repeat(500_000);
    for (const body of [
      deep,
      `{"model":"fake","messages":${deep}}`,
      `{"model":"fake","messages":[{"role":"user","content":${deep}}]}`,
    ]) {
      expect((await ask(body)).status).toBe(400);
    }
  });

  test("200 damaged bodies are each answered or refused in the API's form", async () => {
    const { answered, refused, faults } = await sendMutatedBodies(server, { seed: 1, count: 200 });
    expect(faults).toEqual([]);
    expect(answered).toBeGreaterThan(5);
    expect(refused).toBeGreaterThan(50);
  });
});
