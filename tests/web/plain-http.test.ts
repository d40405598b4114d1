// A colleague opens the server by its address in the network, over plain HTTP: no secure context, so no clipboard API, no
// crypto.randomUUID, no passkeys. What the product needs works all the same, and what cannot says why.
import { networkInterfaces } from "node:os";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../support/open-browser.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";
import { answerEnds, ask, claimServer, lettersIn, lettersOf, signIn } from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };

let server: TestServer;
let browser: Browser;
let address: string;
beforeAll(async () => {
  server = await startTestServer({ flags: ["--host", "0.0.0.0"] });
  browser = await openBrowser();
  address = `http://${lanAddress()}:${new URL(server.url).port}`;
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

function lanAddress(): string {
  const found = Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .find(({ internal, family }) => !internal && family === "IPv4");
  if (!found) throw new Error("This machine has no address in a network: the test needs one beside loopback.");
  return found.address;
}

async function openPage(): Promise<{ page: Page; problems: string[] }> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en" });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    // Asking who is signed in, before somebody is.
    const isRefusal = message.text().includes("401") && message.location().url.endsWith("/api/me");
    if ((message.type() === "error" || message.type() === "warning") && !isRefusal) problems.push(message.text());
  });
  return { page, problems };
}

test("one sets the server up, asks, gets an answer, copies it and finds all of it again after a reload and a new sign-in", async () => {
  const { page, problems } = await openPage();
  const setupUrl = `${address}/setup${new URL(server.setupUrl ?? "").hash}`;
  await claimServer(page, setupUrl, owner);
  expect(await page.evaluate(() => [isSecureContext, typeof crypto.randomUUID, typeof navigator.clipboard])).toEqual([
    false,
    "undefined",
    "undefined",
  ]);
  await ask(page, "Say hello.");
  await answerEnds(page);
  const answer = await lettersOf(page);
  expect(answer).not.toBe("");

  await page.getByRole("button", { name: "Copy" }).last().click();
  const box = page.getByRole("textbox", { name: "Message" });
  await box.focus();
  await page.keyboard.press("ControlOrMeta+V");
  // The copy also names its model at the end.
  await expect.poll(async () => lettersIn(await box.inputValue())).toMatch(new RegExp(`^${answer}MadebyAI`));
  await box.fill("");

  await page.reload();
  await answerEnds(page);
  expect(await lettersOf(page)).toBe(answer);

  const chat = page.url();
  await page.context().clearCookies();
  await page.goto(chat);
  await signIn(page, owner);
  await answerEnds(page);
  expect(await lettersOf(page)).toBe(answer);
  expect(problems).toEqual([]);
  await page.context().close();
});

test("the settings say what this browser does not allow here and why, and on the machine itself they do not", async () => {
  const { page } = await openPage();
  const reason = page.getByText(/This page came without encryption.*no passkeys, no microphone and no installing/);
  await page.goto(`${address}/settings/profile`);
  await signIn(page, owner);
  await reason.waitFor();
  await page.context().clearCookies();
  await page.goto(`http://localhost:${new URL(address).port}/settings/profile`);
  await signIn(page, owner);
  await page.getByLabel("Name").waitFor();
  expect(await reason.count()).toBe(0);
  await page.context().close();
});
