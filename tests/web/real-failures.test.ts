// What a member sees when a part dies in the middle of an answer: the whole server, then only the engine.
import type { Page, Route } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answerEnds,
  answerGrows,
  ask,
  claimServer,
  lettersIn,
  lettersOf,
  longQuestion,
  openRealWeb,
  type RealWeb,
  storedAnswer,
} from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };
const awaySentence = "No connection. The answer goes on here when it is back.";
const interruptedSentence = "The server restarted here. What had arrived is kept.";
const crashedSentence =
  "The model stopped working in the middle and is starting again. Your question is kept. Try again.";

let web: RealWeb;
let page: Page;
beforeAll(async () => {
  web = await openRealWeb();
  ({ page } = await web.open());
  await claimServer(page, web.server.setupUrl, owner);
});
afterAll(() => web[Symbol.asyncDispose]());

test("a killed server is said at once, and after its restart the answer is there, interrupted, and can be continued", async () => {
  await ask(page, longQuestion);
  await answerGrows(page, 60);
  await web.kill();
  await page.getByText(awaySentence).waitFor();
  const seen = await lettersOf(page);
  await page.getByRole("textbox", { name: "Message" }).fill("Written while nobody listens");

  await web.restart();
  await page.getByText(interruptedSentence).waitFor();
  expect(await page.getByText(awaySentence).count()).toBe(0);
  const kept = lettersIn((await storedAnswer(page)).text);
  await expect.poll(() => lettersOf(page)).toBe(kept);
  // What was on its way to the disk when the server died may be missing: at most the last moments.
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.startsWith(seen) || seen.startsWith(kept)).toBe(true);
  expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Written while nobody listens");
  await page.reload();
  await page.getByText(interruptedSentence).waitFor();
  expect(await lettersOf(page)).toBe(kept);

  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  expect((await answerGrows(page, kept.length)).slice(0, kept.length)).toBe(kept);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  expect(await page.getByText(interruptedSentence).count()).toBe(0);
  await page.getByRole("textbox", { name: "Message" }).fill("");
});

test("a killed engine ends the answer with a clear error, everything else works, and trying again answers", async () => {
  await page.getByRole("link", { name: "New chat" }).click();
  await page.getByText("Hello, Anika").waitFor();
  await ask(page, longQuestion);
  const seen = await answerGrows(page, 60);
  const engines = await web.engines();
  expect(engines).toHaveLength(1);
  process.kill(engines[0] ?? 0, "SIGKILL");
  await page.getByRole("alert").getByText(crashedSentence).waitFor();
  const kept = await lettersOf(page);
  expect(kept.slice(0, seen.length)).toBe(seen);

  await page.getByRole("alert").getByRole("button", { name: "Try again" }).click();
  await page.getByRole("alert").waitFor({ state: "detached" });
  await answerGrows(page, 20);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("2/2", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Previous version" }).click();
  await page.getByText("1/2", { exact: true }).waitFor();
  await page.getByRole("alert").getByText(crashedSentence).waitFor();
  expect(await lettersOf(page)).toBe(kept);

  await page.getByRole("link", { name: "New chat" }).click();
  await page.getByText("Hello, Anika").waitFor();
  await ask(page, "Name one colour of the sea.");
  await answerEnds(page);
  expect(await lettersOf(page)).not.toBe("");
});

test("a retry whose reply is lost on its way makes one answer, although it is tried again", async () => {
  const loseReply = async (route: Route): Promise<void> => {
    await route.fetch();
    await route.abort();
  };
  await page.route("**/retry", loseReply, { times: 1 });
  const retry = page.getByRole("button", { name: "Retry", exact: true });
  await retry.click();
  await page.getByText("The server cannot be reached.").waitFor();
  await retry.click();
  await page.getByText("2/2", { exact: true }).waitFor();
  await answerEnds(page);
  expect((await storedAnswer(page)).siblingIds).toHaveLength(2);
});

test("no page asked for anything elsewhere, and only the dead server was reported in its console", () => {
  expect(web.requestCount()).toBeGreaterThan(50);
  expect(web.foreignRequests).toEqual([]);
  expect(web.problems).toEqual([]);
});
