// From the printed link to a finished conversation: the real server, the starter model, a real disk. One server and one
// browser for the whole file; the first test makes the owner and the others go on from there.
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  answerEnds,
  answerGrows,
  ask,
  chooseFromChatMenu,
  claimServer,
  lettersIn,
  lettersOf,
  longQuestion,
  openRealWeb,
  type RealWeb,
  signIn,
  storedAnswer,
} from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };
const question = "Tell me five facts about the moon.";
const shortQuestion = "Name one colour of the sea.";

let web: RealWeb;
beforeAll(async () => {
  web = await openRealWeb();
});
afterAll(() => web[Symbol.asyncDispose]());

test("the printed link makes the owner once, and an answer streams in and is marked as made by AI", async () => {
  const { page, context } = await web.open();
  const { setupUrl } = web.server;
  await claimServer(page, setupUrl, owner);
  expect(page.url()).toBe(`${web.server.url}/`);
  expect(await page.getByText("Hello, Anika").isVisible()).toBe(true);

  // Every length that the answer has on the page while Stop is there.
  await page.evaluate(() => {
    const lengths = new Set<number>();
    new MutationObserver(() => {
      const length = document.querySelector(".markdown")?.textContent.length ?? 0;
      if (document.querySelector("button[aria-label=Stop]") !== null && length > 0) lengths.add(length);
    }).observe(document.body, { subtree: true, childList: true, characterData: true });
    Object.assign(window, { lengths });
  });
  await ask(page, question);
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await page.getByRole("heading", { level: 1, name: "Tell me five facts about the moon" }).waitFor();
  await answerGrows(page, 10);
  await answerEnds(page);
  const lengths = await page.evaluate(() => [...(window as unknown as { lengths: Set<number> }).lengths]);
  expect(lengths.length).toBeGreaterThan(3);
  expect(lengths).toEqual(lengths.toSorted((first, second) => first - second));
  const { run, text } = await storedAnswer(page);
  expect(run?.modelName).toMatch(/^SmolLM2/);
  expect(await lettersOf(page)).toBe(lettersIn(text));
  await page.locator("article").getByText(`${run?.modelName} · Made by AI`).waitFor();

  const other = await web.open();
  await other.page.goto(setupUrl ?? "");
  await other.page.getByText("This server has its owner already.").waitFor();
  const again = await other.context.request.post(`${web.server.url}/api/setup`, {
    data: { token: setupUrl?.split("token=")[1], name: "Eve", email: "eve@example.org", password: "a long password" },
  });
  expect(((await again.json()) as { error: { code: string } }).error.code).toBe("setup_done");
  await other.context.close();
  await context.close();
});

test("signing out ends it for the browser, and signing in leads back to the same answer", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  await page.getByRole("link", { name: /^Tell me five facts/ }).click();
  await answerEnds(page);
  const answer = await lettersOf(page);
  const chatUrl = page.url();
  await page.getByRole("button", { name: "Anika" }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await page.getByLabel("Password").waitFor();
  expect(await page.getByText(/Anika|moon/).count()).toBe(0);
  await page.goto(chatUrl);
  await page.getByLabel("Password").waitFor();
  await signIn(page, { ...owner, password: "not the password" });
  await page.getByText("Email or password is wrong. Check both and try again.").waitFor();
  await signIn(page, owner);
  await answerEnds(page);
  expect(page.url()).toBe(chatUrl);
  expect(await lettersOf(page)).toBe(answer);
  await context.close();
});

test("a reload in the middle of an answer loses nothing and goes on live", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  const { seen, release } = await web.askAndHold(page, question, 10);
  await page.reload();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  release();
  const after = await answerGrows(page, seen.length);
  expect(after.slice(0, seen.length)).toBe(seen);
  await answerEnds(page);
  const { run, text } = await storedAnswer(page);
  expect(run?.status).toBe("done");
  expect(await lettersOf(page)).toBe(lettersIn(text));
  await context.close();
});

test("closing the tab stops nothing, and two tabs see the same answer being written", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  const { seen, release } = await web.askAndHold(page, question, 10);
  const chatUrl = page.url();
  await page.close();
  const tabs = [await context.newPage(), await context.newPage()] as const;
  await Promise.all(tabs.map((tab) => tab.goto(chatUrl)));
  for (const tab of tabs) await tab.getByRole("button", { name: "Stop" }).waitFor();
  release();
  for (const tab of tabs) expect((await answerGrows(tab, seen.length)).slice(0, seen.length)).toBe(seen);
  await Promise.all(tabs.map((tab) => answerEnds(tab)));
  const [first, second] = await Promise.all(tabs.map(lettersOf));
  const { run, text } = await storedAnswer(tabs[0]);
  expect(run?.status).toBe("done");
  expect(first).toBe(lettersIn(text));
  expect(second).toBe(first);
  await context.close();
});

test("a window beside another shows what was asked in the other: when one turns to it, and when one asks too early", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  await ask(page, shortQuestion);
  await answerEnds(page);
  const beside = await context.newPage();
  await beside.goto(page.url());
  await answerEnds(beside);

  // The window beside reads nothing new until it has asked.
  const hasAsked = Promise.withResolvers<void>();
  await beside.route("**/api/chats/**", async (route) => {
    if (route.request().method() === "GET") await hasAsked.promise;
    await route.continue();
  });
  const { release } = await web.askAndHold(page, longQuestion, 10);
  const refused = beside.waitForResponse((response) => response.status() === 409);
  await ask(beside, "Asked too early");
  await refused;
  hasAsked.resolve();
  await beside.getByText("An answer is already being written in this chat.").waitFor();
  await beside.getByRole("article").getByText(longQuestion).waitFor();
  await beside.getByRole("button", { name: "Stop" }).click();
  release();
  await beside.getByText("Stopped. What had arrived is kept.").waitFor();
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  expect(await lettersOf(beside)).toBe(await lettersOf(page));
  await beside.getByRole("button", { name: "Edit" }).click();

  await ask(page, "Tell me five facts about the sun.");
  await answerGrows(page, 10);
  // What a window is told when a person clicks into it; what was read within the last second is not read again.
  await expect
    .poll(
      async () => {
        await beside.evaluate(() => dispatchEvent(new Event("focus")));
        return await beside.getByText("Tell me five facts about the sun.").count();
      },
      { timeout: 10_000 },
    )
    .toBe(1);
  await Promise.all([answerEnds(page, 3), answerEnds(beside, 3)]);
  expect(await lettersOf(beside)).toBe(await lettersOf(page));
  expect(await beside.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Asked too early");
  await context.close();
});

test("what is asked on two machines in the same place is kept beside each other", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  await ask(page, shortQuestion);
  await answerEnds(page);
  // Windows of one browser tell each other; another machine lags behind until somebody turns to it.
  const { page: beside, context: otherMachine } = await web.openAs(owner);
  await beside.goto(page.url());
  await answerEnds(beside);
  await ask(page, "Name one colour of the sky.");
  await answerEnds(page, 2);
  await ask(beside, "Name one colour of grass.");
  const conversation = beside.getByRole("region", { name: "Conversation" });
  await conversation.getByText("2/2", { exact: true }).waitFor();
  await answerEnds(beside, 2);
  await conversation.getByRole("button", { name: "Previous version" }).click();
  await conversation.getByText("Name one colour of the sky.").waitFor();
  await conversation.getByText("1/2", { exact: true }).waitFor();
  expect(await conversation.getByText("Name one colour of grass.").count()).toBe(0);
  await beside.reload();
  await conversation.getByText("Name one colour of the sky.").waitFor();
  await Promise.all([context.close(), otherMachine.close()]);
});

test("Stop ends an answer at once, Continue goes on from there, and a retry is a version beside it", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  const { release } = await web.askAndHold(page, longQuestion, 20);
  await page.getByRole("button", { name: "Stop" }).click();
  release();
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  const kept = await lettersOf(page);
  expect(kept).toBe(lettersIn((await storedAnswer(page)).text));
  await page.getByRole("button", { name: "Continue" }).click();
  expect((await answerGrows(page, kept.length)).slice(0, kept.length)).toBe(kept);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  const first = await lettersOf(page);

  await page.getByRole("button", { name: "Retry" }).click();
  await page.getByRole("button", { name: "Stop" }).waitFor();
  await answerGrows(page, 20);
  await page.getByRole("button", { name: "Stop" }).click();
  await page.getByText("2/2", { exact: true }).waitFor();
  const second = await lettersOf(page);
  await page.getByRole("button", { name: "Previous version" }).click();
  await page.getByText("1/2", { exact: true }).waitFor();
  await expect.poll(() => lettersOf(page)).toBe(first);
  await page.reload();
  await page.getByText("1/2", { exact: true }).waitFor();
  expect(await lettersOf(page)).toBe(first);
  await page.getByRole("button", { name: "Next version" }).click();
  await page.getByText("2/2", { exact: true }).waitFor();
  await expect.poll(() => lettersOf(page)).toBe(second);
  await context.close();
});

test("a chat is titled at once, renamed for good, deleted and brought back", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  await ask(page, `${shortQuestion} And say why.`);
  await page.getByRole("heading", { level: 1, name: "Name one colour of the sea", exact: true }).waitFor();
  await chooseFromChatMenu(page, "Rename");
  await page.getByRole("textbox", { name: "Title" }).fill("Colours");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Colours" }).waitFor();
  await answerEnds(page);
  // A title that a person wrote is not made anew by a later message.
  await ask(page, "And another one?");
  await answerEnds(page, 2);
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "Colours" }).waitFor();

  await chooseFromChatMenu(page, "Delete");
  const link = page.getByRole("link", { name: "Colours", exact: true });
  await link.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await link.click();
  await page.getByText("And another one?").waitFor();
  await chooseFromChatMenu(page, "Delete");
  await page.getByText("Chat deleted.").waitFor();
  await page.reload();
  await page.getByText("Hello, Anika").waitFor();
  await page
    .getByRole("link", { name: /^Tell me five facts/ })
    .first()
    .waitFor();
  expect(await link.count()).toBe(0);
  await context.close();
});

test("a draft survives a reload, the starter is labelled, and a Bengali draft is warned about", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(web.server.url);
  const box = page.getByRole("textbox", { name: "Message" });
  await box.fill("Half a thought");
  await page.reload();
  await expect.poll(() => box.inputValue()).toBe("Half a thought");
  await page.getByRole("combobox", { name: /^Model: SmolLM2/ }).click();
  await page.getByRole("option").getByText("Small, English, for trying out").waitFor();
  await page.keyboard.press("Escape");
  await box.fill("আপনি কেমন আছেন?");
  await page.getByText("This model knows little but English.").waitFor();
  await box.fill("How are you?");
  await page.getByText("This model knows little but English.").waitFor({ state: "detached" });
  await context.close();
});

test("every page works under the server's own content policy, formulas, code and popups included", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(`${web.server.url}/models`);
  await page.getByText("Small, English, for trying out").first().waitFor();
  for (const [path, label] of [
    ["profile", "Email"],
    ["appearance", "Theme"],
    ["api-keys", "Name"],
  ] as const) {
    await page.goto(`${web.server.url}/settings/${path}`);
    await page.getByText(label, { exact: true }).first().waitFor();
  }
  await page.goto(`${web.server.url}/design`);
  await page.locator(".katex").first().waitFor();
  await page.locator("pre span").first().waitFor();
  const popups = page.locator("button[aria-haspopup]");
  for (const index of (await popups.all()).keys()) {
    const popup = popups.nth(index);
    await popup.click();
    await expect.poll(() => popup.getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("Escape");
    await expect.poll(() => popup.getAttribute("aria-expanded")).toBe("false");
  }
  await context.close();
});

test("no page asked for anything elsewhere, and nothing was reported in its console", () => {
  expect(web.requestCount()).toBeGreaterThan(100);
  expect(web.foreignRequests).toEqual([]);
  // The question that was asked too early: Chromium prints the status of every refused call.
  expect(web.problems.filter((problem) => !/^\/api\/chats\/[\w/-]+: .* 409 /.test(problem))).toEqual([]);
});
