// A browser at the public URL, with Caddy or nginx in front as docs/network.md prints them: signing in with a Secure cookie,
// an answer that streams, a passkey, and nothing that is switched off.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openBrowser } from "../support/open-browser.ts";
import { freePort, type Proxy, startProxy } from "../support/start-proxy.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { addDevice } from "./passkey-in-browser.ts";
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

test("Behind a proxy a passkey of the public name is made and signs in, with Secure cookies at every step", async () => {
  const [port, name] = [await freePort(), "chat.example.org"];
  const flags = ["--no-starter", "--public-url", `https://${name}:${port}`, "--trusted-proxy", "loopback"];
  await using server = await startTestServer({ flags });
  await using proxy = await startProxy("nginx", { port, name, upstreamPort: Number(new URL(server.url).port) });
  // Chromium makes no passkey on a page whose certificate was merely overlooked.
  const trusting = await openBrowser(proxy.chromiumFlags);
  const context = await trusting.newContext({ locale: "en" });
  const page = await context.newPage();
  await page.goto(server.setupUrl!);
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "Continue" }).waitFor();
  await page.goto(`${proxy.url}/settings/security`);
  await addDevice(context, page);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Laptop");
  await dialog.getByLabel("Your password").fill(owner.password);
  await dialog.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("Laptop", { exact: true }).waitFor();
  await context.clearCookies();
  await page.goto(`${proxy.url}/sign-in?next=/settings/security`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page
    .getByText(/^Last used .*\./)
    .first()
    .waitFor();
  const cookies = await context.cookies();
  expect(cookies.map(({ name: cookie, domain, secure, httpOnly }) => [cookie, domain, secure, httpOnly])).toEqual([
    ["shobar_session", name, true, true],
  ]);
  await trusting.close();
});
