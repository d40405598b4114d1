import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildTestApp, type TestApp, type TestUser } from "../../tests/support/build-test-app.ts";
import { AppError } from "../platform/errors.ts";

let folder: string;
let testApp: TestApp;
let ana: TestUser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "shobar-web-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<!doctype html><title>Shobar</title>");
  writeFileSync(join(folder, "mark.svg"), "<svg/>");
  writeFileSync(join(folder, "assets", "main-abc123.js"), "1;");
  writeFileSync(join(folder, "assets", "main-abc123.js.br"), "compressed");
  testApp = await buildTestApp({ webFolder: folder, allowedHosts: ["chat.example.org"] });
  ana = await testApp.aUser();
});
afterAll(async () => {
  await testApp[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

describe("Who may speak to the server", () => {
  test.each([
    "localhost",
    "localhost:3210",
    "127.0.0.1:3210",
    "[::1]:3210",
    "10.0.0.7",
    "chat.example.org",
    "Chat.Example.org.:443",
    "a.localhost",
  ])("the host %s is ours", async (host) => {
    const response = await testApp.app.inject({ url: "/healthz", headers: { host } });
    expect(response.statusCode).toBe(200);
  });

  test.each([
    "evil.example",
    "localhost.evil.example",
    "chat.example.org.evil.example",
    "127.0.0.1.evil.example",
    "[",
    "localhost:80:80",
  ])("the host %j is foreign", async (host) => {
    const response = await testApp.app.inject({ url: "/healthz", headers: { host } });
    expect(response.statusCode).toBe(403);
    expect(response.json()).toMatchObject({ error: { code: "foreign_origin" } });
  });

  test.each(["http://evil.example", "null", "http://localhost:9999", "https://localhost.evil.example", "nonsense"])(
    "a page of %s cannot change anything with somebody's session",
    async (origin) => {
      const response = await ana.inject({
        method: "PATCH",
        url: "/api/me",
        headers: { origin, host: "localhost:3210" },
        payload: { name: "Eve" },
      });
      expect(response.statusCode).toBe(403);
    },
  );

  test.each([
    ["http://localhost:3210", "localhost:3210"],
    ["https://chat.example.org", "127.0.0.1:3210"],
  ])("our own page at %s can, at host %s", async (origin, host) => {
    const response = await ana.inject({
      method: "PATCH",
      url: "/api/me",
      headers: { origin, host },
      payload: { name: "Ana" },
    });
    expect(response.statusCode).toBe(200);
  });

  test("a session without the header that only our own page sets changes nothing", async () => {
    const { cookie } = ana.headers;
    const response = await testApp.app.inject({
      method: "PATCH",
      url: "/api/me",
      headers: { cookie },
      payload: { name: "Eve" },
    });
    expect(response.json()).toMatchObject({ error: { code: "foreign_origin" } });
  });

  test("an API key works from wherever it is sent, but only on the API", async () => {
    const authorization = `Bearer ${await ana.anApiKey()}`;
    const headers = { authorization, origin: "app://some.editor" };
    expect((await testApp.app.inject({ url: "/v1/models", headers })).statusCode).toBe(200);
    const elsewhere = [{ authorization }, headers].map(async (each) => [
      (await testApp.app.inject({ url: "/api/me", headers: each })).statusCode,
      (await testApp.app.inject({ method: "POST", url: "/api/api-keys", headers: each, payload: { name: "x" } }))
        .statusCode,
    ]);
    expect(await Promise.all(elsewhere)).toEqual([
      [401, 401],
      [403, 403],
    ]);
  });
});

describe("An answer", () => {
  test("carries a request id: the client's own where it is sane, else a new one", async () => {
    const own = await testApp.app.inject({ url: "/healthz", headers: { "x-request-id": "trace-1.2:3" } });
    expect(own.headers["x-request-id"]).toBe("trace-1.2:3");
    const insane = await testApp.app.inject({ url: "/healthz", headers: { "x-request-id": "a b\u00e9" } });
    expect(insane.headers["x-request-id"]).toMatch(/^req_[\w-]{16}$/);
  });

  test("forbids scripts, frames and requests that are not ours", async () => {
    const { headers } = await testApp.app.inject({ url: "/" });
    const policy = String(headers["content-security-policy"]);
    for (const directive of [
      "default-src 'self'",
      "script-src 'self'",
      "object-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ]) {
      expect(policy.split(";")).toContain(directive);
    }
    expect(policy).not.toContain("unsafe-eval");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("An error", () => {
  const post = (url: string, payload: string, type = "application/json") =>
    ana.inject({ method: "POST", url, payload, headers: { "content-type": type } });

  test.each([
    ["broken JSON", () => post("/api/api-keys", "{"), 400, "invalid_request"],
    ["an empty body", () => post("/api/api-keys", ""), 400, "invalid_request"],
    ["a body that is no JSON", () => post("/api/api-keys", "<x/>", "text/xml"), 415, "unsupported_media_type"],
    ["a body beyond the limit", () => post("/api/api-keys", `"${"x".repeat(8_000_001)}"`), 413, "body_too_large"],
    ["a broken address", () => ana.inject({ url: "/api/chats/%E0%A4%A" }), 400, "invalid_request"],
    ["an unknown address", () => ana.inject({ url: "/api/nothing" }), 404, "route_not_found"],
    ["an unknown method", () => ana.inject({ method: "PUT", url: "/api/me" }), 404, "route_not_found"],
  ])("for %s has our form", async (_what, send, status, code) => {
    const response = await send();
    expect(response.statusCode).toBe(status);
    expect(response.json()).toMatchObject({ error: { code, requestId: response.headers["x-request-id"] } });
  });

  test("about too large a body leaves the connection open, which a proxy may still be sending into", async () => {
    const response = await post("/api/api-keys", `"${"x".repeat(8_000_001)}"`);
    expect(response.statusCode).toBe(413);
    expect(response.headers.connection).not.toBe("close");
  });

  test.each([
    ["/api/setup", { token: "x", name: "", email: "a@b", password: "long enough" }, "name: Too small"],
    ["/api/setup", { token: "x", name: "A", email: "no", password: "long enough" }, "email: must be an email address"],
    ["/api/chats", { chatId: "1", messageId: "1", text: "Hi" }, "chatId: must be a UUIDv7"],
    ["/api/api-keys", [], "the body: Invalid input: expected object"],
  ])("about a value says what is wrong with it (%s %j)", async (url, payload, problem) => {
    const response = await ana.inject({ method: "POST", url, payload });
    expect(response.json()).toMatchObject({ error: { details: { problem: expect.stringContaining(problem) } } });
  });

  test("under /v1 has OpenAI's form", async () => {
    const response = await testApp.app.inject({ url: "/v1/nothing" });
    expect(response.statusCode).toBe(404);
    expect(response.json()).toMatchObject({
      error: { type: "invalid_request_error", param: null, message: expect.any(String) },
    });
  });

  test("that is a bug tells nothing but its request id", async () => {
    testApp.model.answer = () => {
      throw new Error("a secret detail");
    };
    const headers = { authorization: `Bearer ${await ana.anApiKey()}` };
    const payload = { model: "fake", messages: [{ role: "user", content: "Hi" }] };
    const response = await testApp.app.inject({ method: "POST", url: "/v1/chat/completions", headers, payload });
    expect(response.statusCode).toBe(500);
    expect(response.body).not.toContain("secret detail");
  });

  test("that may pass says when to try again", async () => {
    testApp.model.answer = () => {
      throw new AppError("queue_full", { seconds: 7 });
    };
    const headers = { authorization: `Bearer ${await ana.anApiKey()}` };
    const payload = { model: "fake", messages: [{ role: "user", content: "Hi" }] };
    const response = await testApp.app.inject({ method: "POST", url: "/v1/chat/completions", headers, payload });
    expect(response.statusCode).toBe(429);
    expect(response.headers).toMatchObject({ "retry-after": "7", "retry-after-ms": "7000", "x-should-retry": "true" });
  });
});

describe("The web app's files", () => {
  test.each(["/", "/chats/01", "/setup", "/design"])("%s is the app's page, never cached", async (url) => {
    const response = await testApp.app.inject({ url });
    expect(response.statusCode).toBe(200);
    expect(response.body).toContain("<title>Shobar</title>");
    expect(response.headers["cache-control"]).toBe("no-cache");
  });

  test("what has a hash in its name is kept for ever, and sent compressed to who takes it", async () => {
    const plain = await testApp.app.inject({ url: "/assets/main-abc123.js" });
    expect(plain.headers["cache-control"]).toContain("immutable");
    expect(plain.body).toBe("1;");
    const compressed = await testApp.app.inject({
      url: "/assets/main-abc123.js",
      headers: { "accept-encoding": "br" },
    });
    expect(compressed.headers["content-encoding"]).toBe("br");
  });

  test("a page that was open when the app was built anew still gets its own parts, and a new one the new app", async () => {
    const before = `${folder}-before`;
    mkdirSync(join(before, "assets"), { recursive: true });
    writeFileSync(join(before, "index.html"), "the old app");
    writeFileSync(join(before, "assets", "chat-0ld.js"), "2;");
    writeFileSync(join(before, "assets", "chat-0ld.js.br"), "compressed");
    try {
      const part = await testApp.app.inject({ url: "/assets/chat-0ld.js" });
      expect([part.statusCode, part.body]).toEqual([200, "2;"]);
      expect(part.headers["cache-control"]).toContain("immutable");
      const compressed = await testApp.app.inject({ url: "/assets/chat-0ld.js", headers: { "accept-encoding": "br" } });
      expect(compressed.headers["content-encoding"]).toBe("br");
      for (const url of ["/", "/chats/anything"]) {
        expect((await testApp.app.inject({ url })).body).toContain("<title>Shobar</title>");
      }
    } finally {
      rmSync(before, { recursive: true });
    }
  });

  test.each([
    "/assets/missing.js",
    "/assets/",
    "/missing.png",
    "/../package.json",
    "/%2e%2e/package.json",
    "/assets/..%2f..%2fpackage.json",
    "/api",
    "/v1/",
  ])("%s is nothing", async (url) => {
    const response = await testApp.app.inject({ url });
    expect(response.statusCode).toBeGreaterThanOrEqual(400);
    expect(response.body).toContain('"error"');
  });
});

describe("Watching the server", () => {
  test("it says that it is alive and ready", async () => {
    expect((await testApp.app.inject({ url: "/healthz" })).json()).toEqual({ status: "alive" });
    expect((await testApp.app.inject({ url: "/readyz" })).json()).toEqual({
      status: "ready",
      database: "ready",
      engine: "ready",
    });
  });

  test("its description names every endpoint with who may call it", async () => {
    const description = (await testApp.app.inject({ url: "/api/openapi.json" })).json();
    expect(description.openapi).toBe("3.1.0");
    const operations = Object.values<Record<string, { "x-access": string; summary: string }>>(
      description.paths,
    ).flatMap((path) => Object.values(path));
    expect(operations.length).toBeGreaterThan(25);
    for (const operation of operations) {
      expect(["public", "member", "admin", "owner", "api"]).toContain(operation["x-access"]);
      expect(operation.summary).not.toBe("");
    }
    expect(description.paths["/api/chats/{chatId}"].get.parameters[0]).toMatchObject({
      name: "chatId",
      in: "path",
      required: true,
    });
  });
});

test("a route without a described endpoint stops the start", async () => {
  await using own = await buildTestApp();
  const route = { method: "GET", url: "/secret", handler: () => "" } as const;
  expect(() => own.app.route(route)).toThrow("nobody has said who may call it");
});

test("what is no HTTP gets one answer and the end", async () => {
  await using own = await buildTestApp();
  await own.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = own.app.server.address() as AddressInfo;
  const socket = connect(port, "127.0.0.1");
  socket.write("nonsense\r\n\r\n");
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 .*"invalid_request"/s);
  const response = await new Promise<number | undefined>((resolve) => {
    request({ port, path: "/healthz" }, (answer) => resolve(answer.resume().statusCode)).end();
  });
  expect(response).toBe(200);
});
