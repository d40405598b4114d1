// The body of an answer from outside: piece by piece, with a limit on silence, and closed with whoever stops reading.
import type { IncomingMessage } from "node:http";
import { AppError } from "../errors.ts";
import { connectionProblem } from "./connection-problem.ts";

export async function* readBody(
  response: IncomingMessage,
  host: string,
  idleMs: number,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const iterator = response[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    while (true) {
      const { done, value } = await beforeSilence(iterator.next(), response, host, idleMs);
      if (done) return;
      yield value;
    }
  } catch (error) {
    signal.throwIfAborted();
    throw connectionProblem(error, host);
  } finally {
    response.destroy();
  }
}

/** Only the wait for the sender counts, not the time that the reader takes. */
async function beforeSilence<Value>(
  next: Promise<Value>,
  response: IncomingMessage,
  host: string,
  idleMs: number,
): Promise<Value> {
  const timer = setTimeout(
    () => response.destroy(new AppError("service_silent", { host, seconds: Math.ceil(idleMs / 1000) })),
    idleMs,
  );
  try {
    return await next;
  } finally {
    clearTimeout(timer);
  }
}

/** At most `maxBytes` of it; the rest is not waited for. */
export async function readStart(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let total = 0;
  for await (const piece of body) {
    pieces.push(piece);
    total += piece.length;
    if (total >= maxBytes) break;
  }
  return Buffer.concat(pieces).subarray(0, maxBytes);
}
