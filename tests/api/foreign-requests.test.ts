// Requests from elsewhere: a foreign Host (another name pointed here) and a foreign Origin (another site's page), tried with
// every method on every route that the app serves, on files and on addresses that are nothing.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { LightMyRequestResponse } from "fastify";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildTestApp, type TestApp, type TestAppOptions } from "../support/build-test-app.ts";

const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] as const;
type Method = (typeof methods)[number];

const webFolder = mkdtempSync(join(tmpdir(), "shobar-web-"));
mkdirSync(join(webFolder, "assets"));
writeFileSync(join(webFolder, "index.html"), "<!doctype html><title>Shobar</title>");
writeFileSync(join(webFolder, "assets", "main-abc123.js"), "1;");
afterAll(() => rmSync(webFolder, { recursive: true, force: true }));

/** How people open the server: by address, by allowed name, by public URL, and through a trusted proxy. */
const networks: readonly [string, TestAppOptions][] = [
  ["without further settings", {}],
  ["with allowed names", { allowedHosts: ["chat.example.org"] }],
  ["with a public URL", { publicUrl: "https://chat.example.org" }],
  ["behind a trusted proxy", { publicUrl: "https://chat.example.org", trustedProxies: ["127.0.0.1"] }],
];

const foreign: readonly [string, Record<string, string>][] = [
  ["host", { host: "evil.example" }],
  ["host that begins like ours", { host: "chat.example.org.evil.example" }],
  ["host beside a forwarded one of ours", { host: "evil.example", "x-forwarded-host": "chat.example.org" }],
  ["origin", { origin: "https://evil.example" }],
  ["origin without a name", { origin: "null" }],
  ["origin on another port of ours", { origin: "https://chat.example.org:8443", host: "localhost:3210" }],
];

describe.each(networks)("A server %s", (_network, options) => {
  let server: TestApp;
  let addresses: string[];
  let headersOfMember: Record<string, string>;
  beforeAll(async () => {
    server = await buildTestApp({ ...options, webFolder });
    const described = (await server.app.inject("/api/openapi.json")).json<{ paths: Record<string, object> }>();
    const routes = Object.keys(described.paths).map((path) =>
      path.replace(/\{\w+\}/g, "01900000-0000-7000-8000-000000000001"),
    );
    const others = [
      "/",
      "/index.html",
      "/chats/1",
      "/assets/main-abc123.js",
      "/assets/none.js",
      "/api/none",
      "/v1/none",
      "/%E0%A4%A",
    ];
    addresses = [...routes, ...others];
    headersOfMember = (await server.aUser()).headers;
  });
  afterAll(() => server[Symbol.asyncDispose]());

  async function answersTo(headers: Record<string, string>, tried: readonly Method[] = methods): Promise<string[]> {
    const answered: string[] = [];
    for (const url of addresses) {
      for (const method of tried) {
        const all = { ...headersOfMember, ...headers };
        const response = await server.app.inject({ method: method as "GET", url, headers: all });
        if (!isForeign(method, response)) answered.push(`${method} ${url}: ${response.statusCode}`);
      }
    }
    return answered;
  }

  function isForeign(method: Method, { statusCode, body }: LightMyRequestResponse): boolean {
    const isSaid = method === "HEAD" || /foreign_origin|came from another site/.test(body);
    return statusCode === 403 && isSaid;
  }

  test.each(foreign.filter(([what]) => !what.includes("another port") || options.publicUrl !== undefined))(
    "refuses a foreign %s on every address, with every method",
    async (_what, headers) => {
      expect(addresses.length).toBeGreaterThan(25);
      expect(await answersTo(headers)).toEqual([]);
    },
  );

  test("refuses none of them when nothing is foreign", async () => {
    const served = await answersTo({}, ["GET"]);
    expect(served).toHaveLength(addresses.length);
  });

  test("answers a preflight of another site with nothing that lets it in", async () => {
    const response = await server.app.inject({
      method: "OPTIONS",
      url: "/v1/chat/completions",
      headers: { origin: "https://evil.example", "access-control-request-method": "POST" },
    });
    expect(Object.keys(response.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });
});

test("only an API key on the API, which no page can add by itself, is taken from any origin", async () => {
  await using server = await buildTestApp();
  const member = await server.aUser();
  const authorization = `Bearer ${await member.anApiKey()}`;
  const headers = { authorization, origin: "https://evil.example" };
  expect((await server.app.inject({ url: "/v1/models", headers })).statusCode).toBe(200);
  expect((await server.app.inject({ url: "/api/me", headers: { ...member.headers, ...headers } })).statusCode).toBe(
    403,
  );
  expect((await server.app.inject({ url: "/healthz", headers })).statusCode).toBe(403);
  const foreignHost = { authorization, host: "evil.example" };
  expect((await server.app.inject({ url: "/v1/models", headers: foreignHost })).statusCode).toBe(403);
});
