// A page of the built web app in Chromium, against the fake API server; everything that goes wrong in it is collected.
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
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

/** Give `browser` to share one between the tests of a file; else one is opened and closed with the page. */
export async function openWebApp(
  options: Partial<FakeOptions> = {},
  browserOptions: BrowserContextOptions = {},
  browser?: Browser,
): Promise<WebApp> {
  const server = await startFakeApiServer({ webFolder, ...options });
  const used = browser ?? (await openBrowser());
  const context = await used.newContext({ viewport: { width: 1280, height: 800 }, locale: "en", ...browserOptions });
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
      if (browser === undefined) await used.close();
      await server.close();
    },
  };
}
