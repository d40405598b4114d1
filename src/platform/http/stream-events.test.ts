import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance, type FastifyReply } from "fastify";
import * as z from "zod/mini";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { endpoint } from "../../contract/endpoint.ts";
import { createOpenCalls } from "./open-calls.ts";
import { createServe } from "./serve-endpoint.ts";
import { openEventStream, pingIntervalMs, type ServerSentEvent } from "./stream-events.ts";

const follow = endpoint({
  method: "GET",
  path: "/follow",
  summary: "Follow numbers",
  access: "public",
  events: z.object({ number: z.number() }),
});

/** A source whose end can be waited for; without `numbers` it never says anything. */
function aSource(numbers: AsyncIterable<number> | null) {
  const released = Promise.withResolvers<void>();
  const iterator = numbers?.[Symbol.asyncIterator]();
  const events: AsyncIterable<ServerSentEvent<{ number: number }>> = {
    [Symbol.asyncIterator]: () => ({
      async next() {
        const next = await (iterator?.next() ?? new Promise<never>(() => {}));
        return next.done
          ? { done: true, value: undefined }
          : { done: false, value: { id: next.value, data: { number: next.value } } };
      },
      async return() {
        released.resolve();
        return { done: true, value: undefined };
      },
    }),
  };
  return { events, released: released.promise };
}

async function* numbersTo(last: number): AsyncGenerator<number> {
  for (let number = 1; number <= last; number++) {
    yield number;
  }
}

let app: FastifyInstance;
let source: ReturnType<typeof aSource>;
let replies: FastifyReply[];
beforeEach(async () => {
  app = fastify({ forceCloseConnections: true });
  replies = [];
  createServe(
    app,
    async () => null,
    createOpenCalls(),
  )(follow, ({ reply }) => {
    replies.push(reply);
    return source.events;
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
});
afterEach(() => app.close());

function open(): Promise<IncomingMessage> {
  const { port } = app.server.address() as AddressInfo;
  return new Promise((resolve, reject) => get({ port, path: "/follow", agent: false }, resolve).on("error", reject));
}

async function read(message: IncomingMessage): Promise<string> {
  return (await message.setEncoding("utf8").toArray()).join("");
}

describe("An event stream", () => {
  test("sends every event with its id, in order, and ends", async () => {
    source = aSource(numbersTo(3));
    const message = await open();
    expect(message.headers["content-type"]).toBe("text/event-stream; charset=utf-8");
    expect(message.headers["cache-control"]).toContain("no-transform");
    expect(await read(message)).toBe(
      [1, 2, 3].map((number) => `id: ${number}\ndata: {"number":${number}}\n\n`).join(""),
    );
  });

  test("sends its headers before the first event, so that a client knows its request was taken", async () => {
    source = aSource(null);
    const message = await open();
    expect(message.statusCode).toBe(200);
    message.destroy();
  });

  test("releases its source when the reader goes while nothing happens", async () => {
    source = aSource(null);
    const message = await open();
    message.destroy();
    await source.released;
    expect(message.destroyed).toBe(true);
  });

  test("waits for a slow reader instead of gathering what it has not taken", async () => {
    let made = 0;
    const paddedNumbers = async function* (): AsyncGenerator<number> {
      for (; made < 1_000_000; made++) {
        yield made;
      }
    };
    source = aSource(paddedNumbers());
    const message = await open();
    message.pause();
    // The sockets' buffers fill, then nothing more is made: the count stands still.
    let before = -1;
    await vi.waitUntil(() => before === (before = made), { interval: 100, timeout: 10_000 });
    expect(made).toBeGreaterThan(0);
    expect(made).toBeLessThan(1_000_000);
    expect(replies[0]?.raw.listenerCount("close")).toBeLessThan(8);
    message.destroy();
    await source.released;
  });

  test("after 1,000 readers that came and went holds no listener, timer or source of theirs", async () => {
    let released = 0;
    for (let batch = 0; batch < 20; batch++) {
      source = aSource(null);
      const { events } = source;
      const iterate = events[Symbol.asyncIterator].bind(events);
      source.events[Symbol.asyncIterator] = () => {
        const iterator = iterate();
        return { next: () => iterator.next(), return: async () => ((released += 1), { done: true, value: undefined }) };
      };
      const messages = await Promise.all(Array.from({ length: 50 }, open));
      const gone = replies.splice(0).map(({ raw }) => once(raw, "close").then(() => raw));
      messages.forEach((message) => message.destroy());
      for (const raw of await Promise.all(gone)) {
        expect(raw.listenerCount("drain")).toBe(0);
      }
    }
    await vi.waitFor(() => expect(released).toBe(1000));
    const { promise, resolve } = Promise.withResolvers<number>();
    app.server.getConnections((_error, count) => resolve(count));
    expect(await promise).toBe(0);
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBeLessThan(20);
  }, 30_000);
});

test("a stream says that it lives while nothing happens", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const own = fastify({ forceCloseConnections: true });
  const opened = Promise.withResolvers<ReturnType<typeof openEventStream>>();
  own.get("/", (_request, reply) => opened.resolve(openEventStream(reply)));
  await own.listen({ host: "127.0.0.1", port: 0 });
  const { port } = own.server.address() as AddressInfo;
  const message = await new Promise<IncomingMessage>((resolve) => get({ port, agent: false }, resolve));
  const stream = await opened.promise;
  vi.advanceTimersByTime(pingIntervalMs);
  await stream.write("data: 1\n\n");
  stream.end();
  expect(await read(message)).toBe(": ping\n\ndata: 1\n\n");
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  await own.close();
});
