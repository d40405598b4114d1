// Accounts, sessions and API keys as a browser and a program meet them.
import { describe, expect, test } from "vitest";
import type { LightMyRequestResponse } from "fastify";
import { buildTestApp, type TestApp } from "../support/build-test-app.ts";

const owner = { name: "Ana", email: "ana@example.org", password: "correct horse battery" };

function claim({ app, ownerLink }: TestApp, changes: object = {}): Promise<LightMyRequestResponse> {
  return app.inject({ method: "POST", url: "/api/setup", payload: { token: ownerLink.token, ...owner, ...changes } });
}

function signIn({ app }: TestApp, payload: object, remoteAddress = "192.0.2.1"): Promise<LightMyRequestResponse> {
  return app.inject({ method: "POST", url: "/api/session", payload, remoteAddress });
}

const codeOf = (response: LightMyRequestResponse): unknown => response.json<{ error: { code: string } }>().error.code;

const cookieHeader = (response: LightMyRequestResponse): string => `shobar_session=${response.cookies[0]?.value}`;

describe("Setting the server up", () => {
  test("with the link makes the owner, signs in, and is over for everybody else", async () => {
    await using server = await buildTestApp();
    const state = async () => (await server.app.inject("/api/server")).json<{ ownerExists: boolean }>().ownerExists;
    expect(await state()).toBe(false);
    const claimed = await claim(server, { language: "bn" });
    expect(claimed.statusCode).toBe(201);
    expect(claimed.json()).toMatchObject({ name: "Ana", email: "ana@example.org", role: "owner", language: "bn" });
    expect(await state()).toBe(true);
    const me = await server.app.inject({ url: "/api/me", headers: { cookie: cookieHeader(claimed) } });
    expect(me.json()).toEqual(claimed.json());
    const again = await claim(server, { email: "eve@example.org" });
    expect([again.statusCode, codeOf(again)]).toEqual([409, "setup_done"]);
  });

  test("fifty times at the same moment makes one owner", async () => {
    await using server = await buildTestApp();
    const claims = Array.from({ length: 50 }, (_, index) => {
      const payload = { token: server.ownerLink.token, ...owner, email: `person-${index}@example.org` };
      return server.app.inject({ method: "POST", url: "/api/setup", payload, remoteAddress: `192.0.2.${index}` });
    });
    const statuses = (await Promise.all(claims)).map((response) => response.statusCode);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status !== 201 && status !== 409 && status !== 403)).toEqual([]);
  });

  test.each([
    [{ token: "wrong" }, 403, "setup_link_invalid"],
    [{ token: "" }, 403, "setup_link_invalid"],
    [{ token: null }, 400, "invalid_request"],
    [{ password: "too short" }, 400, "invalid_request"],
    [{ email: "no email" }, 400, "invalid_request"],
    [{ name: " " }, 400, "invalid_request"],
    [{ role: "owner", token: "wrong" }, 403, "setup_link_invalid"],
  ])("with %j is refused", async (changes, status, code) => {
    await using server = await buildTestApp();
    const refused = await claim(server, changes);
    expect([refused.statusCode, codeOf(refused)]).toEqual([status, code]);
    expect(refused.cookies).toEqual([]);
  });
});

describe("The session cookie", () => {
  test("is out of reach of scripts and other sites, and lasts thirty days", async () => {
    await using server = await buildTestApp();
    const [cookie] = (await claim(server)).cookies;
    expect(cookie).toMatchObject({
      name: "shobar_session",
      path: "/",
      httpOnly: true,
      sameSite: "Lax",
      maxAge: 2_592_000,
    });
    expect(cookie?.value).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(cookie).not.toHaveProperty("secure");
    expect(cookie).not.toHaveProperty("domain");
  });

  test("travels over TLS alone when it was given over TLS, by a trusted proxy or by the public URL's word", async () => {
    for (const [network, headers] of [
      [{ trustedProxies: ["127.0.0.1"] }, { "x-forwarded-proto": "https" }],
      [{ publicUrl: "https://chat.example.org" }, {}],
    ] as const) {
      await using server = await buildTestApp(network);
      const payload = { token: server.ownerLink.token, ...owner };
      const claimed = await server.app.inject({ method: "POST", url: "/api/setup", payload, headers });
      expect(claimed.cookies[0]).toMatchObject({ secure: true, httpOnly: true, sameSite: "Lax" });
      const cookie = `shobar_session=${claimed.cookies[0]?.value}`;
      const renewed = await server.app.inject({ url: "/api/me", headers: { ...headers, cookie } });
      expect(renewed.cookies[0]).toMatchObject({ secure: true });
    }
  });

  test("cannot be made Secure, nor the client's address be chosen, by a header from an untrusted client", async () => {
    await using server = await buildTestApp();
    await claim(server);
    const forged = (host: number) =>
      server.app.inject({
        method: "POST",
        url: "/api/session",
        payload: { email: `person-${host}@example.org`, password: "wrong" },
        headers: { "x-forwarded-for": `198.51.100.${host}`, "x-forwarded-proto": "https" },
      });
    const statuses: number[] = [];
    for (let host = 1; host <= 31; host++) {
      statuses.push((await forged(host)).statusCode);
    }
    expect(statuses).toEqual([...Array<number>(30).fill(401), 429]);
  });

  test("is renewed when the app is opened, with the same session", async () => {
    await using server = await buildTestApp();
    const { headers, inject } = await server.aUser();
    const [renewed] = (await inject({ method: "GET", url: "/api/me" })).cookies;
    expect(renewed).toMatchObject({ name: "shobar_session", maxAge: 2_592_000, httpOnly: true });
    expect(`shobar_session=${renewed?.value}`).toBe(headers["cookie"]);
  });

  test("changes with every sign-in, and the replaced one is dead", async () => {
    await using server = await buildTestApp();
    const { headers, email, password } = await server.aUser();
    const payload = { email, password };
    const again = await server.app.inject({ method: "POST", url: "/api/session", payload, headers });
    expect(again.statusCode).toBe(200);
    const status = async (cookie: string) =>
      (await server.app.inject({ url: "/api/me", headers: { cookie } })).statusCode;
    expect(await status(headers["cookie"] ?? "")).toBe(401);
    expect(await status(cookieHeader(again))).toBe(200);
  });

  test("is taken back by signing out, and its session is over", async () => {
    await using server = await buildTestApp();
    const { headers, inject } = await server.aUser();
    const out = await inject({ method: "DELETE", url: "/api/session" });
    expect(out.statusCode).toBe(204);
    expect(out.cookies[0]).toMatchObject({ name: "shobar_session", value: "", path: "/" });
    const { statusCode } = await server.app.inject({ url: "/api/me", headers });
    expect(statusCode).toBe(401);
    expect((await server.app.inject({ method: "DELETE", url: "/api/session" })).statusCode).toBe(204);
  });
});

describe("Signing in", () => {
  test("tells a wrong password, an unknown account and a disabled one apart in nothing", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const ben = await server.aUser();
    await server.disable(ben);
    const answers = await Promise.all(
      [
        { email: ana.email, password: "wrong horse battery" },
        { email: "nobody@example.org", password: ana.password },
        { email: ben.email, password: ben.password },
      ].map(async (credentials) => {
        const response = await signIn(server, credentials);
        const { error } = response.json<{ error: object }>();
        const headers = { ...response.headers, "x-request-id": "", date: "" };
        return { status: response.statusCode, error: { ...error, requestId: "" }, headers };
      }),
    );
    expect(answers[0]?.status).toBe(401);
    expect(answers[1]).toEqual(answers[0]);
    expect(answers[2]).toEqual(answers[0]);
  });

  test("too often is refused with the time to wait, for the account and for the address", async () => {
    await using server = await buildTestApp();
    const { email, password } = await server.aUser();
    for (let attempt = 0; attempt < 10; attempt++) {
      expect((await signIn(server, { email, password: "wrong" }, `198.51.100.${attempt}`)).statusCode).toBe(401);
    }
    const refused = await signIn(server, { email, password }, "198.51.100.99");
    expect([refused.statusCode, codeOf(refused)]).toEqual([429, "too_many_attempts"]);
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(50);
  });

  test("takes the email in any case and with spaces around it", async () => {
    await using server = await buildTestApp();
    const { email, password } = await server.aUser();
    expect((await signIn(server, { email: ` ${email.toUpperCase()} `, password })).statusCode).toBe(200);
  });
});

describe("A disabled person", () => {
  test("is out with the next request, in the browser and through the API", async () => {
    await using server = await buildTestApp();
    const ana = await server.aUser();
    const authorization = `Bearer ${await ana.anApiKey()}`;
    const statuses = async () => [
      (await ana.inject({ method: "GET", url: "/api/me" })).statusCode,
      (await server.app.inject({ url: "/v1/models", headers: { authorization } })).statusCode,
    ];
    expect(await statuses()).toEqual([200, 200]);
    await server.disable(ana);
    expect(await statuses()).toEqual([401, 401]);
  });
});

describe("An API key", () => {
  test("is shown once, works until it is revoked, and tells when it was last used", async () => {
    await using server = await buildTestApp({ clock: () => 1_700_000_000_000 });
    const { inject } = await server.aUser();
    const made = await inject({ method: "POST", url: "/api/api-keys", payload: { name: "laptop" } });
    const { key, secret } = made.json<{ key: { id: string }; secret: string }>();
    const list = async () => (await inject({ method: "GET", url: "/api/api-keys" })).json<{ items: unknown[] }>();
    expect(await list()).toEqual({ items: [key], nextCursor: null });
    expect(JSON.stringify(await list())).not.toContain(secret.slice(14));
    const headers = { authorization: `Bearer ${secret}` };
    expect((await server.app.inject({ url: "/v1/models", headers })).statusCode).toBe(200);
    await expect.poll(list).toMatchObject({ items: [{ id: key.id, lastUsedAt: 1_700_000_000_000 }] });
    const revoked = await inject({ method: "DELETE", url: `/api/api-keys/${key.id}` });
    expect(revoked.statusCode).toBe(204);
    const { statusCode } = await server.app.inject({ url: "/v1/models", headers });
    expect(statusCode).toBe(401);
    expect(await list()).toEqual({ items: [], nextCursor: null });
  });
});

describe("What the server answers about people", () => {
  test("holds no hash, no token and nothing that was not described", async () => {
    await using server = await buildTestApp();
    const { inject } = await server.aUser();
    const me = await inject({ method: "GET", url: "/api/me" });
    const described = ["createdAt", "email", "id", "language", "name", "role", "theme"];
    expect(Object.keys(me.json<object>()).toSorted()).toEqual(described);
    const changed = await inject({ method: "PATCH", url: "/api/me", payload: { theme: "dark", role: "owner" } });
    expect(changed.json()).toMatchObject({ theme: "dark", role: "member" });
  });
});
