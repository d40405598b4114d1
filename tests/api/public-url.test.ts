// What a public URL over https changes for browsers, and which forwarding headers count.
import { describe, expect, test } from "vitest";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildTestApp, type TestAppOptions } from "../support/build-test-app.ts";

const publicUrl = "https://chat.example.org";
const page = { accept: "text/html,application/xhtml+xml" };

describe("Strict transport security", () => {
  test.each([
    ["is sent at the public URL", { publicUrl }, "chat.example.org", "max-age=15552000"],
    ["is not sent at an address of the machine", { publicUrl }, "10.0.0.7:3210", undefined],
    [
      "is not sent for a port beside others of the machine",
      { publicUrl: `${publicUrl}:8443` },
      "chat.example.org:8443",
      undefined,
    ],
    ["is not sent without TLS", { publicUrl: "http://chat.example.org" }, "chat.example.org", undefined],
    ["is not sent without a public URL", {}, "localhost", undefined],
  ])("%s", async (_what, options: TestAppOptions, host, expected) => {
    await using server = await buildTestApp(options);
    const { headers } = await server.app.inject({ url: "/healthz", headers: { host } });
    expect(headers["strict-transport-security"]).toBe(expected);
  });
});

test("a window opened by our pages is cut off from them wherever browsers listen to that", async () => {
  await using server = await buildTestApp({ trustedProxies: ["127.0.0.1"] });
  const policy = async (headers: Record<string, string>) =>
    (await server.app.inject({ url: "/healthz", headers })).headers["cross-origin-opener-policy"];
  expect(await policy({ host: "localhost:3210" })).toBe("same-origin");
  expect(await policy({ host: "10.0.0.7", "x-forwarded-proto": "https" })).toBe("same-origin");
  expect(await policy({ host: "10.0.0.7:3210" })).toBeUndefined();
});

describe("A page opened without TLS though the public URL has it", () => {
  const open = async (host: string, headers: Record<string, string> = page) => {
    const webFolder = mkdtempSync(join(tmpdir(), "shobar-web-"));
    writeFileSync(join(webFolder, "index.html"), "<!doctype html><title>Shobar</title>");
    await using server = await buildTestApp({ publicUrl, webFolder, trustedProxies: ["127.0.0.1"] });
    const response = await server.app.inject({ url: "/chats/1?a=b", headers: { host, ...headers } });
    rmSync(webFolder, { recursive: true });
    return [response.statusCode, response.headers.location];
  };

  test("by an address of the machine leads to the public URL, where its cookie works", async () => {
    expect(await open("10.0.0.7:3210")).toEqual([307, `${publicUrl}/chats/1?a=b`]);
  });

  test.each(["localhost:3210", "127.0.0.1:3210", "[::1]:3210", "chat.example.org"])(
    "as %s stays there",
    async (host) => {
      expect(await open(host)).toEqual([200, undefined]);
    },
  );

  test("stays there where a trusted proxy says that the browser speaks TLS", async () => {
    expect(await open("10.0.0.7:3210", { ...page, "x-forwarded-proto": "https" })).toEqual([200, undefined]);
  });
});

test("the public URL's plain HTTP twin may not change anything", async () => {
  await using server = await buildTestApp({ publicUrl });
  const { inject } = await server.aUser();
  const change = (origin: string) =>
    inject({
      method: "PATCH",
      url: "/api/me",
      headers: { origin, host: "chat.example.org" },
      payload: { theme: "dark" },
    });
  expect((await change(publicUrl)).statusCode).toBe(200);
  expect((await change("http://chat.example.org")).statusCode).toBe(403);
});

describe("Forwarding headers", () => {
  const forwarded = {
    "x-forwarded-for": "198.51.100.7",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "chat.example.org",
  };

  /** How many wrong passwords a client may try that says each time to be another one. */
  async function attemptsOf(options: TestAppOptions, addressOf: (attempt: number) => string): Promise<number> {
    await using server = await buildTestApp({ publicUrl, ...options });
    for (let attempt = 1; ; attempt += 1) {
      const { statusCode } = await server.app.inject({
        method: "POST",
        url: "/api/session",
        payload: { email: `person-${attempt}@example.org`, password: "wrong" },
        headers: { ...forwarded, "x-forwarded-for": addressOf(attempt) },
      });
      if (statusCode === 429 || attempt === 60) return attempt - 1;
    }
  }

  test("of a stranger are ignored: an address made up each time is still one client", async () => {
    expect(await attemptsOf({}, (attempt) => `198.51.100.${attempt}`)).toBe(30);
    expect(await attemptsOf({ trustedProxies: ["10.0.0.2"] }, (attempt) => `198.51.100.${attempt}`)).toBe(30);
  });

  test("of a trusted proxy count by the last address in front of it, whatever the client wrote before", async () => {
    const trustedProxies = ["127.0.0.1", "10.0.0.0/8"];
    expect(await attemptsOf({ trustedProxies }, (attempt) => `203.0.113.${attempt}, 198.51.100.7`)).toBe(30);
    expect(await attemptsOf({ trustedProxies }, (attempt) => `203.0.113.${attempt}, 198.51.100.7, 10.1.2.3`)).toBe(30);
    expect(await attemptsOf({ trustedProxies }, (attempt) => `198.51.100.${attempt}`)).toBe(59);
  });

  test("with rubbish in them do no harm", async () => {
    await using server = await buildTestApp({ trustedProxies: ["127.0.0.1"] });
    for (const rubbish of ["", ",", "unknown", "_hidden", "'; DROP", "1.2.3.4:80", "[::1]:9", "::ffff:1.2.3.4, ,"]) {
      const headers = { "x-forwarded-for": rubbish, "x-forwarded-proto": rubbish };
      const { statusCode } = await server.app.inject({ url: "/healthz", headers });
      expect(statusCode, rubbish).toBe(200);
    }
  });
});
