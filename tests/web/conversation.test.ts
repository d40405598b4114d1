import { setTimeout } from "node:timers/promises";
import type { Locator, Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { restoreChat } from "../../src/features/chats/contract.ts";
import { seededChats } from "../support/fake-api-seed.ts";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

const slow = Array.from({ length: 400 }, (_, index) => (index % 30 === 29 ? ".\n\n" : ` word${index}`));

declare global {
  interface Window {
    shifts: { value: number; what: string[] }[];
  }
}

/** Turns the wheel over the conversation and waits until it has come to rest. */
async function scrollUp(box: Locator, pixels: number): Promise<void> {
  const end = box.evaluate((element) => new Promise((resolve) => element.addEventListener("scrollend", resolve)));
  await box.hover();
  await box.page().mouse.wheel(0, -pixels);
  await end;
}

/** From here on `window.shifts` collects everything that moves by itself. */
async function watchShifts(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.shifts = [];
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as unknown as { value: number; sources: { node: Element | null }[] }[]) {
        window.shifts.push({
          value: entry.value,
          what: entry.sources.map((source) => source.node?.outerHTML?.slice(0, 200) ?? ""),
        });
      }
    }).observe({ type: "layout-shift" });
  });
}

describe("a conversation", () => {
  test("a question is sent with Enter, its answer is written, and nothing moves meanwhile", async () => {
    const answer = [
      "Start\n\n```py\nx = 1\n",
      "y = 2\n```\n\n",
      "| a | b |\n",
      "|---|---|\n| 1 | 2 |\n\n",
      "$$\n",
      ..."\\sum_{i=1}^{n} x_i = \\frac{1}{2}",
      "\n$$\n\n",
      ...slow.slice(0, 120),
    ];
    await using app = await openWebApp({ answer });
    const { page } = app;
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("First line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("second line");
    await page.keyboard.press("Enter");
    await page.getByText("Start", { exact: true }).waitFor();
    await watchShifts(page);
    const question = page.getByRole("region", { name: "Conversation" }).getByText("First line\nsecond line");
    await page.getByRole("button", { name: "Latest" }).waitFor();
    expect((await question.boundingBox())?.y).toBeLessThan(100);
    await page.getByRole("button", { name: "Retry" }).waitFor();
    expect((await question.boundingBox())?.y).toBeLessThan(100);
    expect(await page.evaluate(() => window.shifts)).toEqual([]);
    expect(app.problems).toEqual([]);
  });

  test("nothing moves either when the code that draws formulas comes late", async () => {
    const answer = [
      "Start\n\n",
      "The time is \\(O(",
      "n)\\), and\n\n",
      "$$\n\\frac{1}{2}\n$$\n\n",
      ...slow.slice(0, 150),
    ];
    await using app = await openWebApp({ answer });
    const { page, server } = app;
    const written = () =>
      server.state.messagePage(server.state.chatPage(null, 1).items[0]?.id ?? "", null)?.items.at(-1);
    await page.route("**/draw-formula*.js", async (route) => {
      await expect.poll(() => written()?.text, { interval: 20, timeout: 10_000 }).toContain("word60");
      await route.continue();
    });
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("How long does it take?");
    await page.keyboard.press("Enter");
    await page.getByText("Start", { exact: true }).waitFor();
    await watchShifts(page);
    await page.locator(".markdown .katex-display").waitFor();
    await page.getByRole("button", { name: "Retry" }).waitFor({ state: "attached" });
    expect(await page.evaluate(() => window.shifts)).toEqual([]);
    expect(app.problems).toEqual([]);
  });

  test("a draft of many lines and the choice of a model leave the view where it is", async () => {
    await using app = await openWebApp({}, { viewport: { width: 1280, height: 600 } });
    const { page } = app;
    await app.open(`/chats/${seededChats.rich}`);
    const box = page.getByRole("region", { name: "Conversation" });
    const quote = box.getByText("Do not read what you do not need");
    await quote.waitFor();
    await page.locator(".markdown .katex-display").waitFor();
    await scrollUp(box, 300);
    const heading = box.getByText("What to choose");
    const before = await heading.boundingBox();
    await page.getByRole("textbox", { name: "Message" }).fill("line\n".repeat(12));
    expect((await heading.boundingBox())?.y).toBe(before?.y);
    await page.getByRole("combobox").click();
    await page.getByRole("option", { name: "Qwen3 4B" }).click();
    await page.getByRole("combobox").getByText("Qwen3 4B").waitFor();
    await page.getByRole("textbox", { name: "Message" }).fill("");
    expect(await heading.boundingBox()).toEqual(before);
  });

  test("an answer that is being written goes on after a reload", async () => {
    await using app = await openWebApp({ answer: slow });
    const { page, server } = app;
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("Tell me");
    await page.keyboard.press("Enter");
    await page.locator(".markdown").getByText("word40").first().waitFor();
    const held = Promise.withResolvers<void>();
    server.state.tick = () => held.promise;
    await page.reload();
    await page.locator(".markdown").getByText("word10 word11").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).waitFor();
    server.state.tick = () => setTimeout(2);
    held.resolve();
    await page.locator(".markdown").getByText("word398").waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Retry" }).waitFor({ state: "attached" });
    const text = await page.locator(".markdown").innerText();
    expect(text.match(/word\d+/g)).toEqual(slow.join("").match(/word\d+/g));
  });

  test("a broken connection is said, mended, and nothing is lost or doubled", async () => {
    await using app = await openWebApp({ answer: slow.slice(0, 200) });
    const { page } = app;
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("Tell me");
    await page.keyboard.press("Enter");
    await page.locator(".markdown").getByText("word20").first().waitFor();
    app.server.state.offline = true;
    app.server.state.dropStreams = true;
    await page.getByText("No connection. The answer goes on here").waitFor();
    app.server.state.offline = false;
    app.server.state.dropStreams = false;
    await page.getByRole("button", { name: "Retry" }).waitFor();
    const text = await page.locator(".markdown").innerText();
    expect(text.match(/word\d+/g)).toEqual(
      slow
        .slice(0, 200)
        .join("")
        .match(/word\d+/g),
    );
  });

  test("Stop stands where Send was, ends the answer and offers to continue", async () => {
    await using app = await openWebApp({ answer: slow });
    const { page } = app;
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("Tell me");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator(".markdown").getByText("word5").first().waitFor();
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("Stopped. What had arrived is kept.").waitFor();
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator(".markdown").getByText("from there.").waitFor();
    await page.getByRole("button", { name: "Continue" }).waitFor({ state: "detached" });
    expect(await page.locator(".markdown").innerText()).toContain("word5");
  });

  test("a retry is another version, and both can be read", async () => {
    await using app = await openWebApp({ answer: ["The same words."] });
    const { page } = app;
    await app.open(`/chats/${seededChats.interrupted}`);
    await page.getByText("The server restarted here. What had arrived is kept.").waitFor();
    await page.getByRole("button", { name: "Retry" }).click();
    await page.locator(".markdown").getByText("The same words.").waitFor();
    await page.getByText("2/2").waitFor();
    await page.getByRole("button", { name: "Previous version" }).click();
    await page.getByText("The rent rises by").waitFor();
    await page.getByText("1/2").waitFor();
    expect(await page.getByRole("button", { name: "Next version" }).isEnabled()).toBe(true);
  });

  test("a copied answer says that a machine wrote it and which", async () => {
    await using app = await openWebApp({}, { permissions: ["clipboard-read", "clipboard-write"] });
    const { page } = app;
    await app.open(`/chats/${seededChats.interrupted}`);
    await page.getByRole("button", { name: "Copy the answer" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toMatch(/The rent rises by\n\n— Made by AI \(SmolLM2 135M Instruct\)\n$/);
  });

  test("waiting says what for and how long", async () => {
    await using app = await openWebApp({
      waits: [
        { type: "queue-position", position: 3, estimatedMs: 8000 },
        { type: "model-loading", percent: 60 },
      ],
      tickMs: 300,
    });
    const { page } = app;
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("Tell me");
    await page.keyboard.press("Enter");
    await page.getByText("Third in the queue, about 8 s.").waitFor();
    await page.getByText("Loading SmolLM2 135M Instruct, 60%. Your question is kept.").waitFor();
    expect(app.problems).toEqual([]);
  });
});

describe("what a person typed", () => {
  test("a draft survives a reload and another chat", async () => {
    await using app = await openWebApp();
    const { page } = app;
    const box = page.getByRole("textbox", { name: "Message" });
    await app.open("/");
    await box.fill("Half a thought");
    await page.reload();
    await expect.poll(() => box.inputValue()).toBe("Half a thought");
    await page.getByRole("link", { name: "Summary of the lease", exact: true }).click();
    await page.getByText("The rent rises by").waitFor();
    expect(await box.inputValue()).toBe("");
    await page.getByRole("link", { name: "New chat" }).click();
    await expect.poll(() => box.inputValue()).toBe("Half a thought");
  });

  test("a message without a connection is sent once, when it is back", async () => {
    await using app = await openWebApp();
    const { page } = app;
    await app.open(`/chats/${seededChats.interrupted}`);
    await page.getByText("The rent rises by").waitFor();
    app.server.state.offline = true;
    await page.getByRole("textbox", { name: "Message" }).fill("Are you there");
    await page.keyboard.press("Enter");
    await page.getByText("No connection. This will be sent once, when it is back.").waitFor();
    app.server.state.offline = false;
    await page.locator(".markdown").getByText("That is all.").waitFor();
    expect(await page.getByText("Are you there").count()).toBe(1);
  });

  test("a refused message keeps its text and can be sent again or edited", async () => {
    await using app = await openWebApp({ failing: ["/api/chats"] });
    const { page } = app;
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("Keep me");
    await page.keyboard.press("Enter");
    await page.getByText("This was not sent.").waitFor();
    await page.getByRole("button", { name: "Send again" }).waitFor();
    await page.getByRole("button", { name: "Edit" }).click();
    expect(await page.getByRole("textbox", { name: "Message" }).inputValue()).toBe("Keep me");
  });

  test("a Bengali question to an English model is said before it is sent", async () => {
    await using app = await openWebApp();
    const { page } = app;
    await app.open("/");
    await page.getByRole("textbox", { name: "Message" }).fill("আপনি কেমন আছেন?");
    await page.getByText("This model knows little but English.").waitFor();
    await page.getByRole("button", { name: "Choose another" }).click();
    await page.getByRole("option", { name: "Qwen3 4B" }).click();
    await page.getByText("This model knows little but English.").waitFor({ state: "detached" });
    expect(await page.getByRole("combobox").innerText()).toContain("Qwen3 4B");
  });
});

describe("the list of chats", () => {
  test("a chat is renamed, deleted and brought back", async () => {
    await using app = await openWebApp();
    const { page } = app;
    await app.open(`/chats/${seededChats.rich}`);
    await page.getByRole("main").getByRole("button", { name: "Actions for Reading a file in Python" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Files");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Files", level: 1 }).waitFor();
    await page.getByRole("main").getByRole("button", { name: "Actions for Files" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await page.getByText("Chat deleted.").waitFor();
    await page.getByRole("link", { name: "Files", exact: true }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await page.getByRole("link", { name: "Files", exact: true }).waitFor();
    expect(app.problems).toEqual([]);
  });

  test("an undo that the server refuses says so, and can be tried again", async () => {
    await using app = await openWebApp();
    const { page, server } = app;
    await app.open(`/chats/${seededChats.rich}`);
    await page.getByRole("main").getByRole("button", { name: "Actions for Reading a file in Python" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    server.state.failing = [restoreChat.path];
    await page.getByRole("button", { name: "Undo" }).click();
    const alert = page.getByRole("main").getByRole("alert");
    await alert.getByText("“Reading a file in Python” could not be restored.").waitFor();
    await page.getByRole("link", { name: "Reading a file in Python", exact: true }).waitFor({ state: "detached" });
    server.state.failing = [];
    await alert.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("link", { name: "Reading a file in Python", exact: true }).waitFor();
    await alert.waitFor({ state: "detached" });
    expect(app.problems).toEqual([]);
  });
});

describe("two windows side by side", () => {
  test("what is asked, renamed and deleted in one shows in the other, which nobody turns to", async () => {
    await using app = await openWebApp({ answer: slow.slice(0, 40) });
    const { page, context, server } = app;
    const other = await context.newPage();
    await other.goto(`${server.origin}/chats/${seededChats.interrupted}`);
    await other.getByText("The rent rises by").waitFor();
    await app.open(`/chats/${seededChats.interrupted}`);
    await page.getByText("The rent rises by").waitFor();
    await page.getByRole("textbox", { name: "Message" }).fill("And the deposit?");
    await page.keyboard.press("Enter");
    await other.getByRole("region", { name: "Conversation" }).getByText("And the deposit?").waitFor();
    await other.locator(".markdown").getByText("word38").waitFor();
    await page.getByRole("main").getByRole("button", { name: "Actions for Summary of the lease" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    await page.getByRole("textbox", { name: "Title" }).fill("Lease");
    await page.keyboard.press("Enter");
    await other.getByRole("heading", { name: "Lease", level: 1 }).waitFor();
    await page.getByRole("main").getByRole("button", { name: "Actions for Lease" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await other.getByRole("link", { name: "Lease", exact: true }).waitFor({ state: "detached" });
    expect(app.problems).toEqual([]);
  });
});
