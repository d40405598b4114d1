// Every page in every state that it can be in, for pictures.
import type { Page } from "playwright-core";
import { seededChats, seededPerson, seededRemovedPerson } from "./fake-api-seed.ts";
import type { FakeOptions } from "./fake-api-state.ts";

export interface PageState {
  readonly state: string;
  readonly path: string;
  readonly options?: Partial<FakeOptions>;
  readonly act?: (page: Page) => Promise<void>;
  /** A selector that is there when the page is in its state. */
  readonly ready?: string;
  /** Opened at localhost instead of a numeric address: passkeys need a name. */
  readonly isByName?: boolean;
}

const messages = "/api/chats/:chatId/messages";

async function open(page: Page, control: string): Promise<void> {
  await page.locator(control).last().click();
}

async function openInvite(page: Page): Promise<void> {
  await page.locator("main section button").first().click();
}

async function signInRightly(page: Page): Promise<void> {
  await page.locator("input[type=email]").fill("anika@example.org");
  await page.locator("input[type=password]").fill("correct horse battery");
  await page.locator("button[type=submit]").click();
}

/** The button of one part of the security settings: password, two-factor, passkeys, sessions. */
async function press(page: Page, part: number, button = 0): Promise<void> {
  await page.locator("main section section").nth(part).getByRole("button").nth(button).click();
}

async function setUpTwoFactor(page: Page): Promise<void> {
  await press(page, 1);
  await page.locator("[role=dialog] input").fill("correct horse battery");
  await page.locator("[role=dialog] button[type=submit]").click();
  await page.locator("[role=dialog] svg[role=img]").waitFor();
}

async function signInWrongly(page: Page): Promise<void> {
  await page.locator("input[type=email]").fill("anika@example.org");
  await page.locator("input[type=password]").fill("wrong password");
  await page.locator("button[type=submit]").click();
}

async function write(page: Page, text: string): Promise<void> {
  await page.locator("textarea").fill(text);
}

async function openServices(page: Page): Promise<void> {
  await page.locator("main section > div > details > summary").last().click();
  await page.locator("main section input[type=password]").waitFor();
}

async function findModel(page: Page): Promise<void> {
  await page.locator("main section > div > details > summary").nth(1).click();
  await page.locator("main input[type=search]").scrollIntoViewIfNeeded();
}

async function tryService(page: Page, key: string): Promise<void> {
  await openServices(page);
  await page.locator("main input[type=password]").fill(key);
  await page.locator("main form:has(input[type=password]) button[type=submit]").click();
}

async function chooseOutside(page: Page): Promise<void> {
  await open(page, "[role=combobox]");
  await page.locator("[role=option]").last().click();
}

/** The first state of each page is its full one. */
export const pages: Readonly<Record<string, readonly PageState[]>> = {
  "sign-in": [
    { state: "full", path: "/sign-in", isByName: true, options: { isSignedOut: true } },
    { state: "error", path: "/sign-in", options: { isSignedOut: true }, act: signInWrongly, ready: "[role=alert]" },
    {
      state: "second step",
      path: "/sign-in",
      options: { isSignedOut: true, hasTwoFactor: true },
      act: signInRightly,
      ready: "[autocomplete=one-time-code]",
    },
    {
      state: "wrong code",
      path: "/sign-in",
      options: { isSignedOut: true, hasTwoFactor: true },
      act: async (page) => {
        await signInRightly(page);
        await page.locator("[autocomplete=one-time-code]").fill("000000");
        await page.locator("button[type=submit]").click();
      },
      ready: "[role=alert]",
    },
    { state: "nobody is here yet", path: "/sign-in", options: { isSignedOut: true, isUnclaimed: true } },
    { state: "session ended", path: "/sign-in?ended=true", options: { isSignedOut: true } },
  ],
  setup: [
    { state: "full", path: "/setup#token=good", options: { isSignedOut: true, isUnclaimed: true } },
    { state: "no token", path: "/setup", options: { isSignedOut: true, isUnclaimed: true } },
    { state: "done already", path: "/setup#token=good", options: { isSignedOut: true } },
  ],
  welcome: [
    { state: "full", path: "/welcome", ready: "input" },
    { state: "model", path: "/welcome", act: (page) => page.locator("main button").click(), ready: "main fieldset" },
    {
      state: "model, a file",
      path: "/welcome",
      act: async (page) => {
        await page.locator("main button").click();
        await page.locator("main summary").nth(2).click();
      },
      ready: "main form input",
    },
    {
      state: "no model",
      path: "/welcome",
      options: { isEmpty: true },
      act: (page) => page.locator("main button").click(),
      ready: "main a[href='/models']",
    },
  ],
  "new-chat": [
    { state: "full", path: "/" },
    { state: "empty", path: "/", options: { isEmpty: true } },
    { state: "loading", path: "/", options: { hanging: ["/api/chats"] } },
    { state: "error", path: "/", options: { failing: ["/api/chats"] } },
    { state: "wrong language", path: "/", act: (page) => write(page, "আপনি কেমন আছেন? 我很好 привет") },
    { state: "leaves the house", path: "/", act: chooseOutside, ready: "form [role=status]" },
    { state: "models open", path: "/", act: (page) => open(page, "[role=combobox]"), ready: "[role=option]" },
  ],
  conversation: [
    { state: "full", path: `/chats/${seededChats.rich}`, ready: ".markdown blockquote" },
    { state: "loading", path: `/chats/${seededChats.rich}`, options: { hanging: [messages] }, ready: "[role=status]" },
    { state: "error", path: `/chats/${seededChats.rich}`, options: { failing: [messages] }, ready: "[role=alert]" },
    { state: "being written", path: `/chats/${seededChats.writing}`, ready: ".markdown" },
    {
      state: "waiting in the queue",
      path: `/chats/${seededChats.writing}`,
      options: { waits: [{ type: "queue-position", position: 3, estimatedMs: 8000 }] },
    },
    {
      state: "loading the model",
      path: `/chats/${seededChats.writing}`,
      options: { waits: [{ type: "model-loading", percent: 60 }] },
    },
    {
      state: "thought open",
      path: `/chats/${seededChats.rich}`,
      options: {
        reasoning: "They want to read a file line by line.\n\nA context manager closes it: `with open(...)`.",
      },
      act: (page) => open(page, "main summary"),
      ready: "main details[open]",
    },
    { state: "interrupted", path: `/chats/${seededChats.interrupted}`, ready: ".markdown" },
    { state: "failed", path: `/chats/${seededChats.failed}`, ready: "[role=alert]" },
    { state: "not found", path: "/chats/01900000-0000-7000-8000-ffffffffffff", ready: "main a" },
    {
      state: "menu",
      path: `/chats/${seededChats.interrupted}`,
      act: (page) => open(page, "main button[aria-haspopup=menu]"),
      ready: "[role=menuitem]",
    },
  ],
  models: [
    { state: "full", path: "/models", ready: "main li" },
    { state: "empty", path: "/models", options: { isEmpty: true } },
    { state: "loading", path: "/models", options: { hanging: ["/api/models"] }, ready: "main [role=status]" },
    { state: "error", path: "/models", options: { failing: ["/api/models"] }, ready: "main [role=alert]" },
    { state: "member", path: "/models", options: { role: "member" }, ready: "main li" },
    { state: "downloads", path: "/models", options: { hasDownloads: true }, ready: "main progress" },
    { state: "find a model", path: "/models", act: findModel, ready: "main input[type=search]" },
    {
      state: "nothing in the catalogue",
      path: "/models",
      act: async (page) => {
        await findModel(page);
        await page.locator("main input[type=search]").fill("nothing like that");
      },
      ready: "main input[type=search]",
    },
    {
      state: "the host cannot be reached",
      path: "/models",
      act: async (page) => {
        await findModel(page);
        await page.locator("main details[open] form input").fill("offline/model-GGUF");
        await page.locator("main details[open] form button[type=submit]").click();
      },
      ready: "main form [role=alert]",
    },
    { state: "default has gone", path: "/models", options: { missingDefault: "qwen3-14b" }, ready: "main li" },
    {
      state: "menu",
      path: "/models",
      act: (page) => page.locator("main ul button[aria-haspopup=menu]").nth(1).click(),
      ready: "[role=menuitem]",
    },
    {
      state: "path refused",
      path: "/models",
      act: async (page) => {
        await page.locator("main section > div > details > summary").nth(2).click();
        await page.locator("main form input").fill("/home/anika/models");
        await page.locator("main form button[type=submit]").click();
      },
      ready: "main form [role=alert]",
    },
    {
      state: "upload",
      path: "/models",
      act: async (page) => {
        await page.locator("main section > div > details > summary").nth(3).click();
        await page
          .locator("main section progress, main section input[type=file]")
          .first()
          .scrollIntoViewIfNeeded()
          .catch(() => {});
      },
      ready: "main section details[open] li",
    },
    {
      state: "uploaded",
      path: "/models",
      act: async (page) => {
        await page.locator("main section > div > details > summary").nth(3).click();
        const file = {
          name: "Qwen3-4B-Q4_K_M.gguf",
          mimeType: "application/octet-stream",
          buffer: Buffer.alloc(3_000_000),
        };
        await page.locator("main input[type=file]").setInputFiles(file);
      },
      ready: "main section section[role=status]",
    },
    {
      state: "delete",
      path: "/models",
      act: async (page) => {
        await page.locator("main ul button[aria-haspopup=menu]").first().click();
        await page.locator("[role=menuitem]").last().click();
      },
      ready: "[role=dialog]",
    },
    { state: "details", path: "/models", act: (page) => page.locator("main ul summary").first().click() },
    {
      state: "service works",
      path: "/models",
      act: async (page) => {
        await tryService(page, "right");
        await page.locator("main input[type=checkbox]").first().check();
      },
      ready: "main input[type=checkbox]",
    },
    { state: "service refused", path: "/models", act: (page) => tryService(page, "wrong"), ready: "main [role=alert]" },
    {
      state: "service by name",
      path: "/models",
      act: async (page) => {
        await openServices(page);
        await page.locator("main section input[type=radio]").last().check();
      },
      ready: "main input[inputmode=url]",
    },
    {
      state: "a service removed",
      path: "/models",
      act: async (page) => {
        await open(page, "main section > ul > li button[aria-haspopup=menu]");
        await page.locator("[role=menuitem]").last().click();
      },
      ready: "section[aria-live=polite] button",
    },
  ],
  profile: [
    { state: "full", path: "/settings/profile" },
    { state: "list", path: "/settings" },
  ],
  appearance: [{ state: "full", path: "/settings/appearance" }],
  security: [
    { state: "full", path: "/settings/security", isByName: true, options: { hasTwoFactor: true }, ready: "main li" },
    { state: "empty", path: "/settings/security", options: { isEmpty: true }, ready: "main li" },
    {
      state: "loading",
      path: "/settings/security",
      options: { hanging: ["/api/me/sessions", "/api/me/passkeys", "/api/me/second-factor"] },
      ready: "main [role=status]",
    },
    {
      state: "error",
      path: "/settings/security",
      options: { failing: ["/api/me/sessions", "/api/me/passkeys", "/api/me/second-factor"] },
      ready: "main [role=alert]",
    },
    {
      state: "change password",
      path: "/settings/security",
      act: async (page) => {
        await press(page, 0);
        await page.locator("[role=dialog] input[type=password]").first().fill("wrong password");
        await page.locator("[role=dialog] input[type=password]").last().fill("tram olive lantern");
        await page.locator("[role=dialog] button[type=submit]").click();
      },
      ready: "[role=dialog] [role=alert]",
    },
    { state: "set up two-factor", path: "/settings/security", act: setUpTwoFactor },
    {
      state: "recovery codes",
      path: "/settings/security",
      act: async (page) => {
        await setUpTwoFactor(page);
        await page.locator("[role=dialog] input").fill("123456");
        await page.locator("[role=dialog] button[type=submit]").click();
      },
      ready: "[role=dialog] li",
    },
    {
      state: "turn two-factor off",
      path: "/settings/security",
      options: { hasTwoFactor: true },
      act: (page) => press(page, 1, 1),
      ready: "[role=dialog]",
    },
    { state: "remove a passkey", path: "/settings/security", act: (page) => press(page, 2, 1), ready: "[role=dialog]" },
  ],
  "api-keys": [
    { state: "full", path: "/settings/api-keys", ready: "main li" },
    { state: "empty", path: "/settings/api-keys", options: { isEmpty: true } },
    {
      state: "loading",
      path: "/settings/api-keys",
      options: { hanging: ["/api/api-keys"] },
      ready: "main [role=status]",
    },
    { state: "error", path: "/settings/api-keys", options: { failing: ["/api/api-keys"] }, ready: "main [role=alert]" },
    {
      state: "new key",
      path: "/settings/api-keys",
      act: async (page) => {
        await page.locator("main input").fill("Laptop");
        await page.locator("main button[type=submit]").click();
      },
      ready: "main section[aria-label] code",
    },
    {
      state: "revoke",
      path: "/settings/api-keys",
      act: (page) => page.locator("main li button").last().click(),
      ready: "[role=dialog]",
    },
  ],
  invite: [
    { state: "full", path: "/invite#token=good", options: { isSignedOut: true }, ready: "input" },
    { state: "expired", path: "/invite#token=old", options: { isSignedOut: true }, ready: "[role=alert]" },
    { state: "no token", path: "/invite", options: { isSignedOut: true } },
  ],
  reset: [
    { state: "full", path: "/reset#token=good", options: { isSignedOut: true }, ready: "input[type=password]" },
    { state: "dead", path: "/reset#token=old", options: { isSignedOut: true }, ready: "[role=alert]" },
    {
      state: "done",
      path: "/reset#token=good",
      options: { isSignedOut: true },
      act: async (page) => {
        await page.locator("input[type=password]").fill("seven green bicycles");
        await page.locator("button[type=submit]").click();
      },
      ready: "main a",
    },
  ],
  people: [
    { state: "full", path: "/settings/people", ready: "main li" },
    { state: "alone", path: "/settings/people", options: { isEmpty: true }, ready: "main li" },
    { state: "loading", path: "/settings/people", options: { hanging: ["/api/people"] }, ready: "main [role=status]" },
    { state: "error", path: "/settings/people", options: { failing: ["/api/people"] }, ready: "main [role=alert]" },
    { state: "invite", path: "/settings/people", act: openInvite, ready: "[role=dialog] input" },
    {
      state: "link",
      path: "/settings/people",
      act: async (page) => {
        await openInvite(page);
        await page.locator("[role=dialog] button[type=submit]").click();
      },
      ready: "[role=dialog] code",
    },
  ],
  person: [
    { state: "full", path: `/settings/people/${seededPerson}`, ready: "main fieldset" },
    { state: "as an admin", path: `/settings/people/${seededPerson}`, options: { role: "admin" }, ready: "main dl" },
    { state: "removed", path: `/settings/people/${seededRemovedPerson}`, ready: "main dl" },
    {
      state: "reset link",
      path: `/settings/people/${seededPerson}`,
      act: (page) => page.locator("main fieldset ~ * button, main dl ~ div button").first().click(),
      ready: "main code",
    },
    {
      state: "remove",
      path: `/settings/people/${seededPerson}`,
      act: (page) => page.locator("main dl ~ div button").last().click(),
      ready: "[role=dialog] fieldset",
    },
    { state: "gone", path: "/settings/people/01900000-0000-7000-8000-ffffffffffff", ready: "main [role=alert]" },
  ],
  organisation: [
    {
      state: "full",
      path: "/settings/organisation",
      options: { organisation: "Rahman Textiles" },
      ready: "main input",
    },
    { state: "unnamed", path: "/settings/organisation", ready: "main input" },
    {
      state: "long",
      path: "/settings/organisation",
      options: { organisation: "চট্টগ্রাম বন্দর কর্তৃপক্ষ কর্মচারী সমবায় ঋণদান সমিতি লিমিটেড" },
      ready: "main input",
    },
    {
      state: "sign in",
      path: "/sign-in",
      options: { isSignedOut: true, organisation: "চট্টগ্রাম বন্দর কর্তৃপক্ষ কর্মচারী সমবায় ঋণদান সমিতি লিমিটেড" },
      ready: "main bdi:not(:empty)",
    },
    {
      state: "not saved",
      path: "/settings/organisation",
      options: { failing: ["/api/organisation"] },
      act: async (page) => {
        await page.locator("main input").fill("Rahman Textiles");
        await page.locator("main input").blur();
      },
      ready: "main [role=alert]",
    },
  ],
  leave: [
    {
      state: "full",
      path: "/settings/profile",
      act: (page) => page.locator("main section section button").last().click(),
      ready: "[role=dialog] fieldset",
    },
  ],
  backups: [
    { state: "full", path: "/settings/backups", ready: "main li" },
    { state: "empty", path: "/settings/backups", options: { isEmpty: true }, ready: "main fieldset" },
    { state: "running", path: "/settings/backups", options: { backups: "running" }, ready: "main li" },
    { state: "problem", path: "/settings/backups", options: { backups: "problem" }, ready: "main [role=alert]" },
    { state: "error", path: "/settings/backups", options: { failing: ["/api/backups"] }, ready: "main [role=alert]" },
    {
      state: "change passphrase",
      path: "/settings/backups",
      act: (page) => page.locator("main section section button").first().click(),
      ready: "main input[type=password]",
    },
  ],
  engines: [
    { state: "full", path: "/settings/engines", ready: "main li" },
    { state: "idle", path: "/settings/engines", options: { isIdle: true }, ready: "main dl" },
    { state: "empty", path: "/settings/engines", options: { isEmpty: true } },
    {
      state: "loading",
      path: "/settings/engines",
      options: { hanging: ["/api/engines"] },
      ready: "main [role=status]",
    },
    { state: "error", path: "/settings/engines", options: { failing: ["/api/engines"] }, ready: "main [role=alert]" },
  ],
  "whats-new": [
    { state: "full", path: "/settings/whats-new", options: { upgraded: "unseen" }, ready: "main code" },
    {
      state: "program alone",
      path: "/settings/whats-new",
      options: { upgraded: "program alone" },
      ready: "main details",
    },
    { state: "empty", path: "/settings/whats-new", options: { isEmpty: true }, ready: "main section p" },
    {
      state: "loading",
      path: "/settings/whats-new",
      options: { hanging: ["/api/upgrades/releases"] },
      ready: "main [role=status]",
    },
    {
      state: "error",
      path: "/settings/whats-new",
      options: { failing: ["/api/upgrades"] },
      ready: "main [role=alert]",
    },
    { state: "notice", path: "/", options: { upgraded: "unseen" }, ready: "main section a" },
    {
      state: "notice in a chat",
      path: `/chats/${seededChats.rich}`,
      options: { upgraded: "unseen" },
      ready: "main section a",
    },
  ],
  sidebar: [
    {
      state: "open",
      path: "/",
      act: async (page) => {
        const opener = page.locator("main header button").first();
        if (await opener.isVisible().catch(() => false)) await opener.click();
      },
      ready: "nav",
    },
  ],
  "not-found": [{ state: "full", path: "/nowhere" }],
  design: [{ state: "full", path: "/design", ready: ".markdown" }],
};
