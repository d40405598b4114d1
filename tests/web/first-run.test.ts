// The whole product through the browser: real server, real model, real disk.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser } from "../support/open-browser.ts";
import { startTestServer } from "../support/start-test-server.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery" };
const answerWithinMs = 120_000;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function claim(page: Page, setupUrl: string): Promise<void> {
  await page.goto(setupUrl);
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("Hello, Anika").waitFor();
}

async function ask(page: Page, question: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(question);
  await page.keyboard.press("Enter");
}

async function answerOf(page: Page): Promise<string> {
  await page.getByRole("button", { name: "Retry" }).last().waitFor({ timeout: answerWithinMs, state: "attached" });
  return await page.locator(".markdown").last().innerText();
}

test("from the printed link to a streamed answer, and everything is there after signing in again", async () => {
  await using server = await startTestServer();
  const page = await (await browser.newContext({ locale: "en" })).newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));

  await claim(page, server.setupUrl ?? "");
  expect(new URL(page.url()).hash).toBe("");
  await ask(page, "Name one colour of the sea.");
  await page.getByRole("heading", { level: 1, name: /Name one colour/ }).waitFor();
  const answer = await answerOf(page);
  expect(answer.trim()).not.toBe("");
  await page.getByText(/SmolLM2.* · Made by AI/).waitFor();

  await page.getByRole("button", { name: "Anika" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("link", { name: /Name one colour/ }).click();
  expect(await answerOf(page)).toBe(answer);
  expect(problems.filter((problem) => !problem.includes("401"))).toEqual([]);
});

test("an answer goes on through a reload, and Stop ends it for good", async () => {
  await using server = await startTestServer();
  const page = await (await browser.newContext({ locale: "en" })).newPage();
  await claim(page, server.setupUrl ?? "");
  await ask(page, "Count from one to five hundred in words, one number per line.");
  await expect
    .poll(async () => (await page.locator(".markdown").textContent()) ?? "", { timeout: answerWithinMs })
    .toMatch(/\S/);
  await page.reload();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  const kept = await page.locator(".markdown").innerText();
  await page.reload();
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  expect(await page.locator(".markdown").innerText()).toBe(kept);
});

test("a killed server leaves what had arrived, says so, and the answer can be continued", async () => {
  await using first = await startTestServer();
  const port = new URL(first.url).port;
  const page = await (await browser.newContext({ locale: "en" })).newPage();
  await claim(page, first.setupUrl ?? "");
  await ask(page, "Count from one to five hundred in words, one number per line.");
  await expect
    .poll(async () => (await page.locator(".markdown").textContent()) ?? "", { timeout: answerWithinMs })
    .toMatch(/\S{3}/);
  await first.stop("SIGKILL");
  await page.getByText("No connection. The answer goes on here when it is back.").waitFor();

  await using second = await startTestServer({ dataFolder: first.dataFolder, flags: ["--port", port] });
  expect(second.url).toBe(first.url);
  await page.getByText("The server restarted here. What had arrived is kept.").waitFor();
  const kept = await page.locator(".markdown").innerText();
  expect(kept.trim()).not.toBe("");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect
    .poll(async () => (await page.locator(".markdown").innerText()).length, { timeout: answerWithinMs })
    .toBeGreaterThan(kept.length);
});
