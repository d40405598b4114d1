// A browser at the public URL, with Caddy or nginx in front as docs/network.md prints them: signing in with a Secure cookie,
// an answer that streams, and nothing that is switched off.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../support/open-browser.ts";
import { freePort, type Proxy, startProxy } from "../support/start-proxy.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { answerEnds, ask, claimServer } from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.each(["caddy", "nginx"] as const)("Behind %s", (kind) => {
  let server: TestServer;
  let proxy: Proxy;
  beforeAll(async () => {
    const port = await freePort();
    const flags = ["--public-url", `https://localhost:${port}`, "--trusted-proxy", "loopback"];
    server = await startTestServer({ flags });
    proxy = await startProxy(kind, { port, upstreamPort: Number(new URL(server.url).port) });
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test("the printed link opens over TLS, makes the owner, and chatting works with a cookie for TLS alone", async () => {
    // The certificate is the test's own; everything else is checked as ever.
    const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: "en" });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    expect(server.setupUrl?.startsWith(`${proxy.url}/setup#`)).toBe(true);
    await claimServer(page, server.setupUrl, owner);
    await ask(page, "Say hello.");
    await answerEnds(page);
    const cookies = await context.cookies();
    expect(cookies.map(({ name, secure, httpOnly, sameSite }) => ({ name, secure, httpOnly, sameSite }))).toEqual([
      { name: "shobar_session", secure: true, httpOnly: true, sameSite: "Lax" },
    ]);
    expect(await page.evaluate(() => isSecureContext)).toBe(true);
    await page.reload();
    await answerEnds(page);
    expect(problems).toEqual([]);
    await context.close();
  });
});
