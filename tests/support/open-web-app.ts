// A page of the built web app in Chromium, against the fake API server; everything that goes wrong in it is collected.
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll } from "vitest";
import { type FakeApiServer, startFakeApiServer } from "./fake-api-server.ts";
import type { FakeOptions } from "./fake-api-state.ts";
import { openBrowser } from "./open-browser.ts";

export const webFolder = join(import.meta.dirname, "..", "..", "dist", "web");

export interface WebApp extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly server: FakeApiServer;
  /** Errors of the page and the console, except refused calls that a test asked for. */
  readonly problems: string[];
  /** Addresses that the page asked for outside its own server. */
  readonly foreignRequests: string[];
  readonly open: (path: string) => Promise<void>;
}

type OpenWebApp = (options?: Partial<FakeOptions>, browserOptions?: BrowserContextOptions) => Promise<WebApp>;

/** For one file of tests: all of them share a browser, as starting one takes as long as many a test. */
export function openWebAppsInOneBrowser(): OpenWebApp {
  let browser: Browser;
  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterAll(() => browser.close());
  return (options = {}, browserOptions = {}) => openWebApp(browser, options, browserOptions);
}

async function openWebApp(
  browser: Browser,
  options: Partial<FakeOptions>,
  browserOptions: BrowserContextOptions,
): Promise<WebApp> {
  const server = await startFakeApiServer({ webFolder, ...options });
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en", ...browserOptions });
  const page = await context.newPage();
  const problems: string[] = [];
  const foreignRequests: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      problems.push(message.text());
  });
  context.on("request", (request) => {
    const url = request.url();
    if (!url.startsWith(server.origin) && !url.startsWith("data:") && !url.startsWith("blob:"))
      foreignRequests.push(url);
  });
  return {
    page,
    context,
    server,
    problems,
    foreignRequests,
    open: async (path) => {
      await page.goto(server.origin + path);
    },
    async [Symbol.asyncDispose]() {
      await context.close();
      await server.close();
    },
  };
}
