// What is open ends with the credential that opened it: the model writes on for ever here, so an end has no other cause.
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import type { Turn } from "../../src/features/chats/contract.ts";
import { newId } from "../../src/platform/new-id.ts";
import { buildTestApp, type TestApp, type TestUser } from "../support/build-test-app.ts";
import { createEventFeed } from "../support/fake-model.ts";

const endsWithinMs = 1000;

/** The server on a port, with a model that has begun an answer and never ends it. */
async function startWriting() {
  const server = await buildTestApp();
  server.model.answer = () => {
    const feed = createEventFeed();
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    feed.push({ type: "text-delta", text: "Once upon a time", tokens: 4 });
    return feed;
  };
  const address = await server.app.listen({ host: "127.0.0.1", port: 0 });
  return { server, address, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

interface OpenStream {
  /** All of it, once it has ended. */
  readonly whole: Promise<string>;
}

/** Resolves when the first text has arrived. */
async function opened(url: string, init: RequestInit): Promise<OpenStream> {
  const response = await fetch(url, init);
  expect(response.status).toBe(200);
  const begun = Promise.withResolvers<void>();
  const read = async (): Promise<string> => {
    let whole = "";
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      whole += chunk;
      if (whole.includes("Once upon")) begun.resolve();
    }
    return whole;
  };
  const whole = read();
  await Promise.race([begun.promise, whole.then(() => Promise.reject(new Error("it ended before it began")))]);
  return { whole };
}

async function openAnswer(address: string, person: TestUser): Promise<OpenStream & { readonly runId: string }> {
  const payload = { chatId: newId(), messageId: newId(), text: "Tell a story" };
  const started = await person.inject({ method: "POST", url: "/api/chats", payload });
  const runId = started.json<Turn>().answer.run?.id ?? "";
  return { runId, ...(await opened(`${address}/api/runs/${runId}/events`, { headers: person.headers })) };
}

function completionRequest(secret: string, stream = true): RequestInit {
  return {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ model: "fake", stream, messages: [{ role: "user", content: "Tell a story" }] }),
  };
}

async function endsSoonAfter(act: () => Promise<unknown>, ...streams: OpenStream[]): Promise<string[]> {
  await act();
  const toldAt = performance.now();
  const wholes = await Promise.all(streams.map(({ whole }) => whole));
  expect(performance.now() - toldAt).toBeLessThan(endsWithinMs);
  return wholes;
}

const signOut = (person: TestUser) => person.inject({ method: "DELETE", url: "/api/session" });

async function revokeOnlyKey(person: TestUser): Promise<unknown> {
  const { items } = (await person.inject({ method: "GET", url: "/api/api-keys" })).json<{ items: { id: string }[] }>();
  return person.inject({ method: "DELETE", url: `/api/api-keys/${items[0]?.id}` });
}

function signInAgain({ app }: TestApp, { email, password, headers }: TestUser): Promise<unknown> {
  return app.inject({ method: "POST", url: "/api/session", payload: { email, password }, headers });
}

/** Another browser of the same person. */
async function elsewhere({ app }: TestApp, { email, password }: TestUser): Promise<Record<string, string>> {
  const entered = await app.inject({ method: "POST", url: "/api/session", payload: { email, password } });
  return { cookie: `shobar_session=${entered.cookies[0]?.value}`, "x-shobar-request": "1" };
}

async function endFromElsewhere(server: TestApp, person: TestUser): Promise<unknown> {
  const headers = await elsewhere(server, person);
  const listed = await server.app.inject({ url: "/api/me/sessions", headers });
  const { items } = listed.json<{ items: { id: string; isThisOne: boolean }[] }>();
  const url = `/api/me/sessions/${items.find(({ isThisOne }) => !isThisOne)?.id}`;
  return server.app.inject({ method: "DELETE", url, headers });
}

async function endOthersFromElsewhere(server: TestApp, person: TestUser): Promise<unknown> {
  const headers = await elsewhere(server, person);
  return server.app.inject({ method: "DELETE", url: "/api/me/sessions", headers });
}

async function changePasswordElsewhere(server: TestApp, person: TestUser): Promise<unknown> {
  const headers = await elsewhere(server, person);
  const payload = { currentPassword: person.password, newPassword: "tram olive lantern" };
  return server.app.inject({ method: "POST", url: "/api/me/password", payload, headers });
}

const endings: Record<string, (server: TestApp, person: TestUser) => Promise<unknown>> = {
  "is disabled": (server, person) => server.disable(person),
  "signs out": (_, person) => signOut(person),
  "signs in anew in the same browser": signInAgain,
  "ends this session from another browser": endFromElsewhere,
  "signs out everywhere else from another browser": endOthersFromElsewhere,
  "changes the password in another browser": changePasswordElsewhere,
};

describe("A stream of a chat's answer", () => {
  test.each(Object.entries(endings))("ends when its reader %s, and the answer goes on", async (_how, end) => {
    await using writing = await startWriting();
    const { server, address } = writing;
    const [ana, ben] = [await server.aUser(), await server.aUser()];
    const [hers, his] = [await openAnswer(address, ana), await openAnswer(address, ben)];
    let hisEnded = false;
    void his.whole.finally(() => (hisEnded = true)).catch(() => undefined);
    const [whole] = await endsSoonAfter(() => end(server, ana), hers);
    expect(whole).not.toContain("run-end");
    expect(server.model.requests.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    expect(hisEnded).toBe(false);
  });

  test("is cut off where its reader takes nothing any more", async () => {
    await using writing = await startWriting();
    const { server, address } = writing;
    const feed = createEventFeed();
    server.model.answer = () => feed;
    const ana = await server.aUser();
    const secret = await ana.anApiKey();
    const { headers, body } = completionRequest(secret) as { headers: Record<string, string>; body: string };
    const socket = connect(Number(new URL(address).port), "127.0.0.1");
    const lines = Object.entries({ ...headers, host: "localhost", "content-length": String(body.length) });
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n${body}`,
    );
    feed.push({ type: "call-start", promptTokens: 1, cachedTokens: 0 });
    await once(socket, "data");
    socket.pause();
    // More than the sockets' buffers hold.
    feed.push({ type: "text-delta", text: "x".repeat(50_000_000), tokens: 1 });
    const { signal } = server.model.requests.at(-1)!;
    await server.disable(ana);
    expect(signal.aborted).toBe(true);
    const connections = () =>
      new Promise<number>((resolve) => server.app.server.getConnections((_error, count) => resolve(count)));
    await expect.poll(connections, { timeout: 5000 }).toBe(0);
    socket.destroy();
  });
});

describe("A completion of a program", () => {
  test.each(["revoking its key", "disabling its person"])(
    "ends at %s with an error and without [DONE]",
    async (how) => {
      await using writing = await startWriting();
      const { server, address } = writing;
      const ana = await server.aUser();
      const completion = await opened(`${address}/v1/chat/completions`, completionRequest(await ana.anApiKey()));
      const act = () => (how === "revoking its key" ? revokeOnlyKey(ana) : server.disable(ana));
      const [whole] = await endsSoonAfter(act, completion);
      expect(whole).toContain('"code":"invalid_api_key"');
      expect(whole).not.toContain("[DONE]");
      expect(server.model.requests.map(({ signal }) => signal.aborted)).toEqual([true]);
    },
  );

  test("that was to be answered whole is refused when its key is revoked in the middle", async () => {
    await using writing = await startWriting();
    const { server, address } = writing;
    const ana = await server.aUser();
    const answer = fetch(`${address}/v1/chat/completions`, completionRequest(await ana.anApiKey(), false));
    await expect.poll(() => server.model.requests.length).toBe(1);
    await revokeOnlyKey(ana);
    const { status } = await answer;
    expect(status).toBe(401);
  });

  test("goes on when a session of its person ends", async () => {
    await using writing = await startWriting();
    const { server, address } = writing;
    const ana = await server.aUser();
    const completion = await opened(`${address}/v1/chat/completions`, completionRequest(await ana.anApiKey()));
    const answer = await openAnswer(address, ana);
    await endsSoonAfter(() => signOut(ana), answer);
    expect(server.model.requests.map(({ signal }) => signal.aborted)).toEqual([false, false]);
    await endsSoonAfter(() => server.disable(ana), completion);
  });
});
