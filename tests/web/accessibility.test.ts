import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { seededChats, seededPerson, seededRemovedPerson } from "../support/fake-api-seed.ts";
import type { FakeOptions } from "../support/fake-api-state.ts";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface PageState {
  readonly name: string;
  readonly path: string;
  readonly options?: Partial<FakeOptions>;
  /** Brings the page into its state. */
  readonly act?: (page: Page) => Promise<void>;
  readonly ready: string;
}

async function signInWithPassword(page: Page): Promise<void> {
  await page.getByLabel("Email").fill("anika@example.org");
  await page.getByLabel("Password").fill("correct horse battery");
  await page.keyboard.press("Enter");
}

const pages: readonly PageState[] = [
  { name: "sign in", path: "/sign-in", options: { isSignedOut: true }, ready: "Forgot your password" },
  {
    name: "set up",
    path: "/setup#token=good",
    options: { isSignedOut: true, isUnclaimed: true },
    ready: "At least 10 characters",
  },
  { name: "the first step", path: "/welcome", ready: "You can change it later" },
  {
    name: "the second step",
    path: "/welcome",
    act: (page) => page.getByRole("button", { name: "Continue" }).click(),
    ready: "SmolLM2 135M Instruct",
  },
  { name: "a new chat", path: "/", ready: "Hello, Anika Rahman" },
  {
    name: "a new chat of a new member",
    path: "/",
    options: { isEmpty: true },
    ready: "Your chats will be listed here",
  },
  { name: "a conversation", path: `/chats/${seededChats.rich}`, ready: "Do not read what you do not need" },
  {
    name: "an answer being written",
    path: `/chats/${seededChats.writing}`,
    options: { isFrozen: true },
    ready: "The rent rises by",
  },
  { name: "a failed answer", path: `/chats/${seededChats.failed}`, ready: "could not be finished" },
  { name: "a chat that is not there", path: "/chats/01900000-0000-7000-8000-ffffffffffff", ready: "does not exist" },
  { name: "models", path: "/models", ready: "Gemma 3 12B" },
  {
    name: "models that could not be read",
    path: "/models",
    options: { failing: ["/api/models"] },
    ready: "could not be read",
  },
  { name: "the profile", path: "/settings/profile", ready: "How you are greeted" },
  { name: "the appearance", path: "/settings/appearance", ready: "Density" },
  {
    name: "the second step of signing in",
    path: "/sign-in",
    options: { isSignedOut: true, hasTwoFactor: true },
    act: signInWithPassword,
    ready: "The six digits that the app",
  },
  {
    name: "the security settings",
    path: "/settings/security",
    options: { hasTwoFactor: true },
    ready: "Samsung Internet",
  },
  {
    name: "setting up two-factor",
    path: "/settings/security",
    act: async (page) => {
      await page.getByRole("button", { name: "Turn on two-factor" }).click();
      await page.getByLabel("Your password").fill("correct horse battery");
      await page.keyboard.press("Enter");
    },
    ready: "Cannot scan?",
  },
  { name: "API keys", path: "/settings/api-keys", ready: "Reporting script" },
  {
    name: "revoking a key",
    path: "/settings/api-keys",
    act: (page) => page.getByRole("button", { name: "Revoke Laptop" }).click(),
    ready: "This cannot be undone",
  },
  { name: "an invitation", path: "/invite#token=good", options: { isSignedOut: true }, ready: "invites you" },
  { name: "a dead invitation", path: "/invite#token=old", options: { isSignedOut: true }, ready: "has expired" },
  { name: "a reset link", path: "/reset#token=good", options: { isSignedOut: true }, ready: "For Mina Chakma" },
  { name: "people", path: "/settings/people", ready: "Nasima from accounts" },
  {
    name: "inviting",
    path: "/settings/people",
    act: (page) => page.getByRole("button", { name: "Invite" }).click(),
    ready: "The link works for",
  },
  { name: "a person", path: `/settings/people/${seededPerson}`, ready: "Nobody enters with a disabled account" },
  {
    name: "removing a person",
    path: `/settings/people/${seededPerson}`,
    act: (page) => page.getByRole("button", { name: "Remove" }).click(),
    ready: "What becomes of the chats",
  },
  { name: "a removed person", path: `/settings/people/${seededRemovedPerson}`, ready: "can be brought back" },
  {
    name: "leaving",
    path: "/settings/profile",
    act: (page) => page.getByRole("button", { name: "Leave" }).click(),
    ready: "Give up your account",
  },
  {
    name: "the menu of a chat",
    path: `/chats/${seededChats.interrupted}`,
    act: (page) =>
      page
        .getByRole("main")
        .getByRole("button", { name: /^Actions for/ })
        .click(),
    ready: "Rename",
  },
  {
    name: "the choice of a model",
    path: "/",
    act: (page) => page.getByRole("combobox").click(),
    ready: "DeepSeek R1 Distill",
  },
  { name: "a wrong address", path: "/nowhere", ready: "There is nothing here" },
  { name: "the building blocks", path: "/design", ready: "Every building block" },
];

test.each(pages)("axe finds nothing on $name, in neither theme", async ({ path, options, act, ready }) => {
  await using app = await openWebApp(options, { colorScheme: "light", reducedMotion: "reduce" });
  await app.open(path);
  await act?.(app.page);
  await app.page.getByText(ready).first().waitFor();
  expect(await findingsOf(app.page)).toEqual([]);
  await app.page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(() => brightnessOf(app.page)).toBeLessThan(100);
  expect(await findingsOf(app.page, rulesOfColour)).toEqual([]);
  expect(app.problems).toEqual([]);
});

/** What another theme can break. */
const rulesOfColour = ["color-contrast", "link-in-text-block"];

/** Of the page's background: 0 to 255. */
function brightnessOf(page: Page): Promise<number> {
  return page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0] ?? 255));
}

test("on a phone, with the sidebar open, axe finds nothing", async () => {
  await using app = await openWebApp({}, { viewport: { width: 390, height: 844 }, reducedMotion: "reduce" });
  await app.open("/");
  await app.page.getByRole("button", { name: "Open the sidebar" }).click();
  await app.page.getByRole("link", { name: "Models" }).waitFor();
  expect(await findingsOf(app.page)).toEqual([]);
});

test("in Bengali axe finds nothing", async () => {
  await using app = await openWebApp({ language: "bn" }, { locale: "bn", reducedMotion: "reduce" });
  await app.open(`/chats/${seededChats.rich}`);
  await app.page.getByText("যা দরকার নেই, তা পড়বেন না।").waitFor();
  expect(await app.page.locator("html").getAttribute("lang")).toBe("bn");
  expect(await findingsOf(app.page)).toEqual([]);
});

/** Each finding in one line: rule, place, reason; of all rules, or of those that are named. */
async function findingsOf(page: Page, rules?: readonly string[]): Promise<string[]> {
  // Menus and dialogs fade in; a half-transparent text has another contrast.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
  );
  await page.evaluate(axeSource);
  return await page.evaluate(
    async (runOnly) => {
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      // Focus guards hand the focus on at once: nobody ever stands on one.
      const { violations } = await axe.run({ exclude: "[data-base-ui-focus-guard]" }, runOnly ? { runOnly } : {});
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(
          (node) => `${id}: ${node.html.slice(0, 200)} (${node.failureSummary?.replace(/\s+/g, " ").slice(0, 300)})`,
        ),
      );
    },
    rules ? [...rules] : null,
  );
}
