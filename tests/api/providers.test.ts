// Answers of a service outside through the product's own doors: chats, the API with the official package, and their ends.
import type { AddressInfo } from "node:net";
import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Message, Turn } from "../../src/features/chats/contract.ts";
import type { Provider } from "../../src/features/providers/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { buildTestApp, type TestApp, type TestUser } from "../support/build-test-app.ts";
import { chunk, type FakeProvider, openStream, sendJson, startFakeProvider } from "../support/fake-provider.ts";

const key = "sk-live-0123456789abcdef";
let server: TestApp;
let outside: FakeProvider;
let admin: TestUser;
let ana: TestUser;
beforeEach(async () => {
  outside = await startFakeProvider();
  outside.key = key;
  server = await buildTestApp();
  admin = await server.aUser({ role: "admin" });
  ana = await server.aUser();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await outside[Symbol.asyncDispose]();
});

async function addProvider(): Promise<Provider> {
  const payload = { id: newId(), preset: "other", name: "Office GPU", baseUrl: outside.baseUrl, key, models: ["big"] };
  const added = await admin.inject({ method: "POST", url: "/api/providers", payload });
  expect(added.statusCode, added.body).toBe(201);
  return added.json<Provider>();
}

async function startChat(modelId?: string): Promise<Turn> {
  const payload = { chatId: newId(), messageId: newId(), text: "Hi", modelId };
  const response = await ana.inject({ method: "POST", url: "/api/chats", payload });
  expect(response.statusCode, response.body).toBe(201);
  return response.json<Turn>();
}

/** Reads the answer's events to their end. */
async function events({ answer }: Turn): Promise<string> {
  return (await ana.inject({ method: "GET", url: `/api/runs/${answer.run!.id}/events` })).body;
}

async function answerOf({ chat }: Turn): Promise<Message> {
  const messages = await ana.inject({ method: "GET", url: `/api/chats/${chat.id}/messages` });
  return messages.json<{ items: Message[] }>().items.at(-1)!;
}

describe("In a chat", () => {
  test("an answer from outside is kept like any other, and says who made it and what it used", async () => {
    await addProvider();
    const turn = await startChat("office-gpu/big");
    expect(await events(turn)).toContain("run-end");
    expect(await answerOf(turn)).toMatchObject({
      text: "Hello from outside.",
      run: { status: "done", madeBy: "Office GPU", modelId: "office-gpu/big", promptTokens: 12, completionTokens: 3 },
    });
  });

  test("nothing leaves without a choice: where no model is named the one here answers", async () => {
    await addProvider();
    const turn = await startChat();
    await events(turn);
    expect(await answerOf(turn)).toMatchObject({ run: { madeBy: "here" } });
    expect(outside.requests.filter(({ method }) => method === "POST")).toEqual([]);
  });

  test("what it was told is the conversation and nothing of who asks", async () => {
    await addProvider();
    await events(await startChat("office-gpu/big"));
    const { body, headers } = outside.requests.at(-1)!;
    expect(body["messages"]).toEqual([{ role: "user", content: "Hi" }]);
    expect(JSON.stringify([body, headers])).not.toContain(ana.user.id);
    expect(JSON.stringify([body, headers])).not.toContain(ana.email);
  });

  test("Stop closes the connection to it at once, and what had arrived is kept", async () => {
    await addProvider();
    outside.answer = (response) => void openStream(response).write(chunk({ content: "half" }));
    const turn = await startChat("office-gpu/big");
    while ((await answerOf(turn)).text === "") await new Promise((resolve) => setTimeout(resolve, 5));
    const stoppedAt = performance.now();
    await ana.inject({ method: "POST", url: `/api/runs/${turn.answer.run!.id}/stop` });
    expect((await outside.closed()) - stoppedAt).toBeLessThan(2_000);
    await events(turn);
    expect(await answerOf(turn)).toMatchObject({ text: "half", run: { status: "stopped", completionTokens: null } });
  });

  test("turning it off ends its answers with a sentence, and keeps what had arrived", async () => {
    const { id } = await addProvider();
    outside.answer = (response) => void openStream(response).write(chunk({ content: "half" }));
    const turn = await startChat("office-gpu/big");
    while ((await answerOf(turn)).text === "") await new Promise((resolve) => setTimeout(resolve, 5));
    const off = await admin.inject({ method: "PATCH", url: `/api/providers/${id}`, payload: { isDisabled: true } });
    expect(off.statusCode).toBe(200);
    expect(await events(turn)).toContain("provider_ended");
    expect(await answerOf(turn)).toMatchObject({ text: "half", run: { failure: { code: "provider_ended" } } });
  });

  test("an answer that broke off cannot be continued, and can be tried again", async () => {
    await addProvider();
    outside.answer = (response) =>
      void openStream(response).write(chunk({ content: "half" }), () => response.destroy());
    const turn = await startChat("office-gpu/big");
    await events(turn);
    expect(await answerOf(turn)).toMatchObject({ text: "half", run: { failure: { code: "provider_cut" } } });
    const continued = await ana.inject({
      method: "POST",
      url: `/api/runs/${turn.answer.run!.id}/continue`,
      payload: { nextRunId: newId() },
    });
    expect(continued.json()).toMatchObject({ error: { code: "run_not_continuable" } });
    outside.answer = (response) =>
      sendJson(response, 200, { choices: [{ message: { content: "whole" }, finish_reason: "stop" }] });
    const url = `/api/chats/${turn.chat.id}/messages/${turn.answer.id}/retry`;
    const retried = (await ana.inject({ method: "POST", url, payload: { answerId: newId() } })).json<Turn>();
    await events(retried);
    expect(await answerOf(turn)).toMatchObject({ text: "whole", run: { status: "done", promptTokens: null } });
  });
});

describe("Who may see what", () => {
  test("members choose its models and see neither its address nor its key", async () => {
    await addProvider();
    const models = await ana.inject({ url: "/api/models" });
    expect(models.body).toContain("office-gpu/big");
    expect(models.body).not.toContain("127.0.0.1");
    expect((await ana.inject({ url: "/api/providers" })).statusCode).toBe(403);
    const listed = await admin.inject({ url: "/api/providers" });
    expect(listed.body).toContain('"keyHint":"cdef"');
    expect(listed.body).not.toContain(key);
  });

  test.each([
    { name: "here" },
    { name: "Here" },
    { name: "a/b" },
    { name: "two\nlines" },
    { name: "x".repeat(61) },
    { key: "two words" },
    { key: "নতুন" },
    { models: [] },
    { models: ["with space"] },
    { models: Array.from({ length: 201 }, (_, number) => `m${number}`) },
    { id: "7" },
    { preset: 7 },
  ])("%j is refused before anything is tried", async (changes) => {
    const payload = { preset: "other", name: "Office GPU", baseUrl: outside.baseUrl, key, models: ["big"], ...changes };
    const refused = await admin.inject({ method: "POST", url: "/api/providers", payload });
    expect(refused.json()).toMatchObject({ error: { code: "invalid_request" } });
    expect(outside.requests).toEqual([]);
  });
});

describe("Over the API", () => {
  async function client(): Promise<OpenAI> {
    await server.app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = server.app.server.address() as AddressInfo;
    return new OpenAI({ apiKey: await ana.anApiKey(), baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 });
  }
  const question = { model: "office-gpu/big", messages: [{ role: "user" as const, content: "Hi" }] };

  test("the official package reads its stream, its whole answer, its usage and its model", async () => {
    await addProvider();
    const openai = await client();
    const texts: string[] = [];
    let usage: unknown;
    const stream = await openai.chat.completions.create({
      ...question,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const piece of stream) {
      texts.push(piece.choices[0]?.delta.content ?? "");
      usage = piece.usage ?? usage;
    }
    expect(texts.join("")).toBe("Hello from outside.");
    expect(usage).toMatchObject({
      prompt_tokens: 12,
      completion_tokens: 3,
      prompt_tokens_details: { cached_tokens: 4 },
    });
    const whole = await openai.chat.completions.create(question);
    expect(whole.choices[0]?.message.content).toBe("Hello from outside.");
    expect(whole.model).toBe("office-gpu/big");
    const listed = (await openai.models.list()).data.find(({ id }) => id === "office-gpu/big");
    expect(listed?.owned_by).toBe("Office GPU");
    expect((await openai.models.retrieve("office-gpu/big")).id).toBe("office-gpu/big");
  });

  test("its refusals are errors as the package knows them, with when to try again", async () => {
    await addProvider();
    const openai = await client();
    const refused = async (status: number, body: unknown, headers = {}) => {
      outside.answer = (response) => sendJson(response, status, body, headers);
      return openai.chat.completions.create({ ...question, stream: true }).then(
        () => undefined,
        (error: InstanceType<typeof OpenAI.APIError>) => error,
      );
    };
    const busy = await refused(429, { error: { message: "slow down" } }, { "retry-after": "7" });
    expect(busy).toMatchObject({ status: 429, code: "rate_limit_exceeded" });
    expect(busy?.headers?.get("retry-after")).toBe("7");
    // Not 401: the client's own key is right.
    expect(await refused(401, { error: { message: "bad key" } })).toMatchObject({
      status: 503,
      code: "provider_key_refused",
    });
    expect(await refused(400, { error: { code: "context_length_exceeded", message: "x" } })).toMatchObject({
      status: 400,
      code: "context_length_exceeded",
      param: "messages",
    });
    expect(await refused(500, { error: { message: "down" } })).toMatchObject({ status: 502 });
  });

  test("a client that goes closes the connection to it", async () => {
    await addProvider();
    const openai = await client();
    outside.answer = (response) => void openStream(response).write(chunk({ content: "half" }));
    const stream = await openai.chat.completions.create({ ...question, stream: true });
    const leftAt = performance.now();
    for await (const piece of stream) if (piece.choices[0]?.delta.content === "half") break;
    expect((await outside.closed()) - leftAt).toBeLessThan(3_000);
  });
});
