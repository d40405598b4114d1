// The stream that `shobar doctor` follows: it goes on only when its beginning was seen, and nobody can pile it up.
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTestApp, type TestApp } from "../support/build-test-app.ts";

let server: TestApp;
let port: number;
beforeAll(async () => {
  server = await buildTestApp({ trustedProxies: ["127.0.0.1"] });
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  ({ port } = server.app.server.address() as AddressInfo);
});
afterAll(() => server[Symbol.asyncDispose]());

const nonceOf = (number: number): string => `nonce-number-${String(number).padStart(8, "0")}`;

function follow(nonce: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const options = { port, path: `/api/stream-check?nonce=${nonce}`, agent: false, headers };
  return new Promise((resolve, reject) => get(options, resolve).on("error", reject));
}

const answer = async (nonce: string): Promise<unknown> =>
  (await server.app.inject({ method: "POST", url: "/api/stream-check", payload: { nonce } })).json();

test("it says that it was heard once it is answered, and how the request arrived", async () => {
  const stream = await follow(nonceOf(1), { "x-forwarded-proto": "https" });
  const [first] = (await once(stream, "data")) as [Buffer];
  expect(first.toString()).toContain('{"step":"opened","protocol":"https"}');
  expect(await answer(nonceOf(1))).toEqual({ known: true });
  expect(await text(stream)).toContain('{"step":"heard","protocol":"https"}');
  expect(await answer(nonceOf(1))).toEqual({ known: false });
});

test("it ends by itself, unheard, when nobody answers", async () => {
  expect(await text(await follow(nonceOf(2)))).toContain('"step":"unheard"');
});

test("a ninth at once is refused, and one whose reader leaves makes room", async () => {
  const open = await Promise.all(Array.from({ length: 8 }, (_, number) => follow(nonceOf(10 + number))));
  await Promise.all(open.map((stream) => once(stream, "data")));
  const ninth = await follow(nonceOf(20));
  expect(ninth.statusCode).toBe(429);
  open[0]!.destroy();
  await expect.poll(async () => (await follow(nonceOf(21))).statusCode, { timeout: 4000 }).toBe(200);
  for (const stream of open) stream.destroy();
});

test("what is no nonce is refused", async () => {
  expect((await follow("short")).statusCode).toBe(400);
});
