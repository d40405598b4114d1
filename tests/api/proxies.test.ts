// The server behind a real nginx and a real Caddy, each with the very block that docs/network.md prints.
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request as requestTls } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { pingIntervalMs } from "../../src/platform/http/stream-events.ts";
import { buildTestApp, type TestApp, type TestUser } from "../support/build-test-app.ts";
import { createEventFeed } from "../support/fake-model.ts";
import { begin, end, word } from "../support/scripted-answers.ts";
import { freePort, printedBlock, type Proxy, startProxy } from "../support/start-proxy.ts";

interface Behind extends AsyncDisposable {
  readonly server: TestApp;
  readonly proxy: Proxy;
  readonly logLines: string[];
}

async function behind(kind: "nginx" | "caddy", change?: (block: string) => string): Promise<Behind> {
  const port = await freePort();
  const logLines: string[] = [];
  const server = await buildTestApp({
    publicUrl: `https://localhost:${port}`,
    trustedProxies: ["loopback"],
    onLogLine: (line) => void logLines.push(line),
  });
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const upstreamPort = (server.app.server.address() as AddressInfo).port;
  const proxy = await startProxy(kind, { port, upstreamPort, ...(change ? { change } : {}) });
  return {
    server,
    proxy,
    logLines,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

interface Wishes {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** The address of this machine that asks. */
  readonly from?: string;
}

function ask({ proxy }: Pick<Behind, "proxy">, path: string, wishes: Wishes = {}): Promise<IncomingMessage> {
  const { method = "GET", headers = {}, body, from } = wishes;
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const type =
    payload === undefined ? {} : { "content-type": "application/json", "content-length": `${payload.length}` };
  const tls = { ca: proxy.ca, servername: "localhost", agent: false } as const;
  const options = { ...tls, method, headers: { ...type, ...headers }, localAddress: from };
  return new Promise((resolve, reject) => {
    requestTls(`${proxy.url}${path}`, options, resolve).on("error", reject).end(payload);
  });
}

async function json<Body>(answer: IncomingMessage): Promise<Body> {
  return JSON.parse(await text(answer)) as Body;
}

/** The next bytes that contain this. */
async function until(answer: IncomingMessage, part: string): Promise<void> {
  let seen = "";
  while (!seen.includes(part)) {
    const [chunk] = (await once(answer, "data")) as [Buffer];
    seen += chunk.toString();
  }
}

describe.each(["nginx", "caddy"] as const)("Behind %s with the printed block", (kind) => {
  let it: Behind;
  let ana: TestUser;
  beforeAll(async () => {
    it = await behind(kind);
    ana = await it.server.aUser();
  });
  afterAll(() => it[Symbol.asyncDispose]());

  test("pieces of a chat's answer arrive while it is still being written", async () => {
    const feed = createEventFeed();
    it.server.model.answer = () => feed;
    const body = { chatId: newId(), messageId: newId(), text: "Hello" };
    const origin = it.proxy.url;
    const turn = await json<Turn>(
      await ask(it, "/api/chats", { method: "POST", headers: { ...ana.headers, origin }, body }),
    );
    const stream = await ask(it, `/api/runs/${turn.answer.run!.id}/events`, { headers: ana.headers });
    feed.push(begin);
    feed.push(word("one "));
    // The next piece is made only after the one before has come through.
    await until(stream, "one ");
    feed.push(word("two "));
    await until(stream, "two ");
    feed.push(end);
    feed.end();
    expect(await text(stream)).toContain("run-end");
  });

  test("pieces of the API's answer arrive while it is still being written, and who leaves stops it", async () => {
    const feed = createEventFeed();
    it.server.model.answer = () => feed;
    const headers = { authorization: `Bearer ${await ana.anApiKey()}` };
    const body = { model: "fake", messages: [{ role: "user", content: "Hi" }], stream: true };
    feed.push(begin);
    const stream = await ask(it, "/v1/chat/completions", { method: "POST", headers, body });
    feed.push(word("one "));
    await until(stream, "one ");
    const { signal } = it.server.model.requests.at(-1)!;
    expect(signal.aborted).toBe(false);
    stream.destroy();
    await expect.poll(() => signal.aborted, { timeout: 10_000 }).toBe(true);
  });

  test("the client's own address is the one in the log, whatever it wrote into the header", async () => {
    for (const forged of [{}, { "x-forwarded-for": "203.0.113.9" }, { "x-forwarded-for": "203.0.113.9, 127.0.0.1" }]) {
      it.logLines.length = 0;
      const headers = { ...ana.headers, ...forged } as Record<string, string>;
      await text(await ask(it, "/api/me", { headers, from: "127.0.0.2" }));
      await expect.poll(() => it.logLines.filter((line) => line.includes('"client":"127.0.0.2"')).length).toBe(1);
    }
  });

  test("a session cookie is Secure, and is renewed as such", async () => {
    const { email, password } = await it.server.aUser();
    const forged = { "x-forwarded-proto": "http" };
    const entered = await ask(it, "/api/session", { method: "POST", headers: forged, body: { email, password } });
    expect(entered.headers["set-cookie"]?.[0]).toMatch(/^shobar_session=.*; HttpOnly; Secure; SameSite=Lax/);
  });

  test("a host name that is made up gets nowhere", async () => {
    const foreign = await ask(it, "/api/server", { headers: { host: "evil.example" } });
    // Caddy knows no such site and answers emptily by itself.
    expect(await text(foreign)).toMatch(kind === "nginx" ? /foreign_origin/ : /^$/);
  });

  test("a forwarded host that the client made up is written over by the proxy", async () => {
    const forged = await ask(it, "/api/server", { headers: { "x-forwarded-host": "evil.example" } });
    expect(forged.statusCode).toBe(200);
  });

  test("another site's page is refused", async () => {
    const headers = { ...ana.headers, origin: "https://evil.example" };
    const refused = await ask(it, "/api/me", { method: "PATCH", headers, body: { theme: "dark" } });
    expect(refused.statusCode).toBe(403);
  });

  test("a body of some megabytes passes, and one beyond the server's limit is refused by the server", async () => {
    const { headers } = ana;
    const message = { chatId: newId(), messageId: newId(), text: "x".repeat(190_000), padding: "y".repeat(5_000_000) };
    it.server.model.answer = () => createEventFeed();
    const taken = await ask(it, "/api/chats", { method: "POST", headers, body: message });
    expect(taken.statusCode, await text(taken)).toBe(201);
    const tooLarge = await ask(it, "/api/chats", {
      method: "POST",
      headers,
      body: { ...message, padding: "y".repeat(9_000_000) },
    });
    expect(tooLarge.statusCode).toBe(413);
    expect(await text(tooLarge)).toContain("body_too_large");
  });
});

test("an nginx that buffers is found out by the same look: nothing arrives before the end", async () => {
  await using it = await behind("nginx", (block) =>
    block.replace("proxy_buffering off", "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering"),
  );
  const ana = await it.server.aUser();
  const feed = createEventFeed();
  it.server.model.answer = () => feed;
  const headers = { authorization: `Bearer ${await ana.anApiKey()}` };
  const body = { model: "fake", messages: [{ role: "user", content: "Hi" }], stream: true };
  const asked = ask(it, "/v1/chat/completions", { method: "POST", headers, body });
  feed.push(begin);
  feed.push(word("one "));
  // The server has sent it, as the answer goes on; the client has not even the headers.
  const arrived = asked.then(() => "headers");
  await expect.poll(() => it.server.model.requests.length).toBe(1);
  expect(await Promise.race([arrived, text(await ask(it, "/healthz")).then(() => "nothing yet")])).toBe("nothing yet");
  feed.push(end);
  feed.end();
  expect(await text(await asked)).toContain("one ");
});

test("silence on a stream is broken four times before the printed block or nginx by itself would end it", () => {
  const [, amount = "", unit = ""] = /proxy_read_timeout (\d+)([smh])/.exec(printedBlock("nginx")) ?? [];
  const printedMs = Number(amount) * { s: 1000, m: 60_000, h: 3_600_000 }[unit]!;
  const nginxDefaultMs = 60_000;
  expect(Math.min(printedMs, nginxDefaultMs)).toBeGreaterThanOrEqual(4 * pingIntervalMs);
});
