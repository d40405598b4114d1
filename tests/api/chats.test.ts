// Chats through the routes: what a browser sends and gets, refusals beside the happy path, and streams over a socket.
import { once } from "node:events";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import type { Chat, Message, RunEvent, Turn } from "../../src/features/chats/contract.ts";
import type { ModelEvent } from "../../src/inference/model-call.ts";
import { newId } from "../../src/platform/new-id.ts";
import { buildTestApp, type TestApp, type TestUser } from "../support/build-test-app.ts";
import { createEventFeed } from "../support/fake-model.ts";

const begin: ModelEvent = { type: "call-start", promptTokens: 7, cachedTokens: 0 };
const word = (text: string): ModelEvent => ({ type: "text-delta", text, tokens: 1 });
const usage = { promptTokens: 7, cachedTokens: 0, completionTokens: 3 };
const end: ModelEvent = { type: "call-end", finishReason: "stop", usage };

async function startChat(user: TestUser, text = "Hello there. And more."): Promise<Turn> {
  const payload = { chatId: newId(), messageId: newId(), text };
  const response = await user.inject({ method: "POST", url: "/api/chats", payload });
  expect(response.statusCode, response.body).toBe(201);
  return response.json<Turn>();
}

interface Frame {
  readonly id: string | undefined;
  readonly data: RunEvent;
}

function parseFrames(body: string): Frame[] {
  return body
    .split("\n\n")
    .filter((frame) => frame.includes("data: "))
    .map((frame) => ({
      id: /^id: (.*)$/m.exec(frame)?.[1],
      data: JSON.parse(/^data: (.*)$/m.exec(frame)![1]!) as RunEvent,
    }));
}

const textOf = (frames: Frame[]): string =>
  frames.map(({ data }) => (data.type === "text-delta" ? data.text : "")).join("");

describe("chats over HTTP", () => {
  test("a question is answered, listed, renamed, deleted and brought back", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const turn = await startChat(ana);
    const url = `/api/chats/${turn.chat.id}`;
    const stream = await ana.inject({ method: "GET", url: `/api/runs/${turn.answer.run!.id}/events` });
    expect(stream.headers["content-type"]).toMatch("text/event-stream");
    expect(textOf(parseFrames(stream.body))).toBe("Hello from the model.");
    expect(parseFrames(stream.body).at(-1)?.data).toMatchObject({ type: "run-end", run: { status: "done" } });

    const messages = await ana.inject({ method: "GET", url: `${url}/messages` });
    expect(messages.json<{ items: Message[] }>().items.map(({ text }) => text)).toEqual([
      "Hello there. And more.",
      "Hello from the model.",
    ]);
    const renamed = await ana.inject({ method: "PATCH", url, payload: { title: "  Greetings " } });
    expect(renamed.json<Chat>().title).toBe("Greetings");
    expect((await ana.inject({ method: "GET", url: "/api/chats" })).json()).toMatchObject({
      items: [{ id: turn.chat.id, title: "Greetings" }],
      nextCursor: null,
    });
    expect((await ana.inject({ method: "DELETE", url })).statusCode).toBe(204);
    expect((await ana.inject({ method: "GET", url })).statusCode).toBe(404);
    expect((await ana.inject({ method: "POST", url: `${url}/restore` })).json()).toMatchObject({ title: "Greetings" });
    expect((await ana.inject({ method: "GET", url })).statusCode).toBe(200);
  });

  test("bad input is refused with the place of the fault", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const payload = { chatId: newId(), messageId: newId(), text: "Hello" };
    const bad = [
      { ...payload, chatId: "1" },
      { ...payload, text: "" },
      { ...payload, text: "x".repeat(200_001) },
      { ...payload, messageId: undefined },
    ];
    for (const each of bad) {
      const response = await ana.inject({ method: "POST", url: "/api/chats", payload: each });
      expect(response.statusCode, response.body).toBe(400);
      expect(response.body).toMatch(/"param":"(chatId|text|messageId)"/);
    }
    const turn = await startChat(ana);
    const after = await ana.inject({ method: "GET", url: `/api/runs/${turn.answer.run!.id}/events?after=-1` });
    expect(after.statusCode).toBe(400);
  });

  test("an answer goes on while its reader is away, and the reader comes back to where it was", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const feed = createEventFeed();
    server.model.answer = () => feed;
    const turn = await startChat(ana);
    const events = `/api/runs/${turn.answer.run!.id}/events`;
    const stream = await openStream(server, ana, events);
    [begin, word("Once "), word("upon ")].forEach(feed.push);
    await stream.until("Once upon ");
    await stream.leave();
    await vi.waitFor(() => expect(server.features.runs.followerCount()).toBe(0));
    expect(server.features.runs.activeCount()).toBe(1);
    [word("a "), word("time"), end].forEach(feed.push);
    const lastId = stream.frames().at(-1)?.id;
    const rest = await ana.inject({ method: "GET", url: `${events}?after=3`, headers: { "last-event-id": lastId } });
    expect(textOf(parseFrames(rest.body))).toBe("a time");
    const whole = await ana.inject({ method: "GET", url: `${events}?after=3` });
    expect(textOf(parseFrames(whole.body))).toBe("e upon a time");
  });

  test("Stop ends an answer for every reader", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const feed = createEventFeed();
    server.model.answer = () => feed;
    const turn = await startChat(ana);
    const runId = turn.answer.run!.id;
    const readers = await Promise.all([1, 2].map(() => openStream(server, ana, `/api/runs/${runId}/events`)));
    [begin, word("Some")].forEach(feed.push);
    await Promise.all(readers.map((reader) => reader.until("Some")));
    const stopped = await ana.inject({ method: "POST", url: `/api/runs/${runId}/stop` });
    expect(stopped.json()).toMatchObject({ id: runId, status: "stopped" });
    for (const reader of readers) {
      await reader.ended;
      expect(reader.frames().at(-1)?.data).toMatchObject({ type: "run-end", run: { status: "stopped" } });
    }
    const continued = await ana.inject({ method: "POST", url: `/api/runs/${runId}/continue` });
    expect(continued.json()).toMatchObject({ question: null, answer: { id: turn.answer.id, text: "Some" } });
  });

  test("100 streams that break off leave no reader behind", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const feed = createEventFeed();
    server.model.answer = () => feed;
    const turn = await startChat(ana);
    [begin, word("x")].forEach(feed.push);
    for (let count = 0; count < 100; count++) {
      const stream = await openStream(server, ana, `/api/runs/${turn.answer.run!.id}/events`);
      if (count % 2 === 0) {
        await stream.until("x");
      }
      await stream.leave();
    }
    await vi.waitFor(() => expect(server.features.runs.followerCount()).toBe(0));
    await server.features.runs.stopAll();
  });

  test("a token costs fewer than 60 bytes on the wire", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const tokens =
      "The quick brown fox jumps over the lazy dog , and nobody in the whole village was surprised by it at all ."
        .split(" ")
        .map((token) => ` ${token}`);
    const count = 60;
    server.model.answer = async function* () {
      yield begin;
      for (let index = 0; index < count; index++) {
        yield word(tokens[index % tokens.length]!);
        // The pace of the starter model with several people on two cores.
        await delay(50);
      }
      yield end;
    };
    const turn = await startChat(ana);
    const stream = await openStream(server, ana, `/api/runs/${turn.answer.run!.id}/events`);
    await stream.ended;
    const perToken = stream.bodyBytes() / count;
    console.log(`bytes on the wire per token at 20 tokens/s: ${perToken.toFixed(1)}`);
    expect(textOf(stream.frames())).toHaveLength(
      Array.from({ length: count }, (_, index) => tokens[index % tokens.length]!).join("").length,
    );
    expect(perToken).toBeLessThan(60);
  });
});

/** A browser's event stream on a socket of its own; what has come is told as it is on the wire. */
async function openStream(server: TestApp, user: TestUser, path: string) {
  if (!server.app.server.listening) {
    await server.app.listen({ host: "127.0.0.1", port: 0 });
  }
  const { port } = server.app.server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  const headers = Object.entries({ ...user.headers, host: `127.0.0.1:${port}` }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  let received = Buffer.alloc(0);
  const waiting = new Set<() => void>();
  socket.on("data", (chunk) => {
    received = Buffer.concat([received, chunk]);
    waiting.forEach((check) => check());
  });
  await once(socket, "connect");
  socket.write([`GET ${path} HTTP/1.1`, ...headers, "connection: close", "", ""].join("\r\n"));
  const body = (): Buffer => received.subarray(received.indexOf("\r\n\r\n") + 4);
  // Chunk sizes stand on lines of their own between the frames' parts.
  const frames = (): Frame[] =>
    parseFrames(
      body()
        .toString()
        .replace(/(^|\r\n)[0-9a-f]+\r\n/g, ""),
    );
  const ended = once(socket, "end");
  return {
    frames,
    ended,
    bodyBytes: () => body().length,
    async until(text: string): Promise<void> {
      await new Promise<void>((resolve) => {
        const check = (): void => {
          if (textOf(frames()) === text) {
            waiting.delete(check);
            resolve();
          }
        };
        waiting.add(check);
        check();
      });
    },
    async leave(): Promise<void> {
      socket.destroy();
      await once(socket, "close");
    },
  };
}
