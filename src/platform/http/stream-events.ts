// Server-sent events with back-pressure, comment pings while nothing happens, and an end when the reader has gone.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { FastifyReply } from "fastify";

export interface ServerSentEvent<Data> {
  /** What the browser sends back as Last-Event-ID. */
  readonly id?: string | number;
  readonly data: Data;
}

/** Proxies and clients give up on a silent connection; 15 s is below every default we know. */
export const pingIntervalMs = 15_000;

export const eventStreamHeaders = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  "x-accel-buffering": "no",
};

export async function streamEvents(
  reply: FastifyReply,
  events: AsyncIterable<ServerSentEvent<unknown>>,
): Promise<FastifyReply> {
  const iterator = events[Symbol.asyncIterator]();
  if (reply.raw.destroyed) {
    await iterator.return?.();
    return reply.hijack();
  }
  const stream = openEventStream(reply);
  // A reader that leaves while nothing happens must still release whatever produces the events.
  const gone = once(reply.raw, "close").then(() => iterator.return?.());
  try {
    for (let next = await iterator.next(); !next.done && !stream.closed(); next = await iterator.next()) {
      const { id, data } = next.value;
      await stream.write(`${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`);
    }
  } finally {
    stream.end();
    await gone;
  }
  return reply;
}

export interface EventStream {
  /** Resolves when the socket can take more. */
  write(frame: string): Promise<void>;
  closed(): boolean;
  end(): void;
}

/** Sends the headers at once, so that a client knows its request was taken, and pings until it ends. */
export function openEventStream(reply: FastifyReply): EventStream {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) {
      raw.setHeader(name, value);
    }
  }
  raw.writeHead(200, eventStreamHeaders);
  raw.flushHeaders();
  const ping = setInterval(() => raw.write(": ping\n\n"), pingIntervalMs);
  raw.once("close", () => clearInterval(ping));
  return {
    async write(frame) {
      if (!raw.destroyed && !raw.write(frame)) {
        await drainedOrClosed(raw);
      }
    },
    closed: () => raw.destroyed,
    end() {
      clearInterval(ping);
      raw.end();
    },
  };
}

/** Takes back both listeners: a long stream to a slow reader waits here very often. */
function drainedOrClosed(raw: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      raw.off("drain", settle);
      raw.off("close", settle);
      resolve();
    };
    raw.on("drain", settle);
    raw.on("close", settle);
  });
}
