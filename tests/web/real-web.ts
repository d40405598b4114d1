// A browser in front of the real server with the starter model; everything that goes wrong in any page is collected.
import { readFile, readdir } from "node:fs/promises";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import type { Message } from "../../src/features/chats/contract.ts";
import { openBrowser } from "../support/open-browser.ts";
import { startTestServer, type TestServer } from "../support/start-test-server.ts";

/** A model that is asked on a busy machine takes its time; only what hangs runs into it. */
export const answerWithinMs = 120_000;
export const longQuestion = "Write a long story about a dog and its friends.";

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

export interface RealWeb extends AsyncDisposable {
  readonly browser: Browser;
  readonly server: TestServer;
  /** Errors of pages and consoles and violations of the content policy. A refused `expected` address is none. */
  readonly problems: string[];
  /** Addresses that any page asked for outside its own server. */
  readonly foreignRequests: string[];
  /** What the browser has fetched, so that an empty list of foreign addresses means something. */
  readonly requestCount: () => number;
  /** A new browser profile: nobody is signed in. */
  open(options?: BrowserContextOptions): Promise<{ context: BrowserContext; page: Page }>;
  /** A new browser profile in which this person is signed in, without having typed; makes the owner where there is none. */
  openAs(person: Person): Promise<{ context: BrowserContext; page: Page }>;
  /** Kills the server without a warning; errors of the network are to be expected until it is back. */
  kill(): Promise<void>;
  /** Starts it again on the same data folder and port. */
  restart(): Promise<void>;
  /** Process ids of the engines that the server runs. */
  engines(): Promise<number[]>;
  /**
   * Asks, waits for some letters of the answer and holds the engine there, so that nobody's pace decides whether the answer is
   * still being written. It goes on at `release`; held for ten seconds it would count as hung.
   */
  askAndHold(page: Page, question: string, letters: number): Promise<HeldAnswer>;
}

const mostAttempts = 5;

export interface HeldAnswer {
  /** The letters that had arrived when the engine was held. */
  readonly seen: string;
  release(): void;
}

/** `flags` of the server, each time it is started. */
export async function openRealWeb({ flags = [] }: { readonly flags?: readonly string[] } = {}): Promise<RealWeb> {
  const browser = await openBrowser();
  const first = await startTestServer({ flags: [...flags] });
  const origin = first.url;
  const problems: string[] = [];
  const foreignRequests: string[] = [];
  let server = first;
  let hasBeenAway = false;
  let requests = 0;

  async function open(options: BrowserContextOptions = {}): Promise<{ context: BrowserContext; page: Page }> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en", ...options });
    await context.addInitScript(() =>
      addEventListener("securitypolicyviolation", (event) =>
        console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`),
      ),
    );
    context.on("request", (request) => {
      requests += 1;
      const { protocol, origin: asked } = new URL(request.url());
      if (asked !== origin && protocol !== "data:" && protocol !== "blob:") foreignRequests.push(request.url());
    });
    context.on("weberror", (error) => problems.push(error.error().message));
    context.on("console", (message) => {
      if (message.type() !== "error" && message.type() !== "warning") return;
      const { pathname } = new URL(message.location().url || origin);
      // Asking who is signed in, and a wrong password: Chromium prints the status of every refused call.
      const isRefusal = message.text().includes("401") && /^\/api\/(me|session)$/.test(pathname);
      const isAway = hasBeenAway && /net::ERR_|ERR_CONNECTION/.test(message.text());
      if (!isRefusal && !isAway) problems.push(`${pathname}: ${message.text()}`);
    });
    context.on("page", (page) => page.on("websocket", (socket) => foreignRequests.push(socket.url())));
    return { context, page: await context.newPage() };
  }

  return {
    browser,
    problems,
    foreignRequests,
    requestCount: () => requests,
    get server() {
      return server;
    },
    open,
    async openAs(person) {
      const opened = await open();
      const { name, email, password } = person;
      const post = (path: string, data: Record<string, string>) => opened.context.request.post(origin + path, { data });
      const answer = await post("/api/session", { email, password });
      if (answer.ok()) return opened;
      const token = first.setupUrl?.split("token=")[1] ?? "";
      const claimed = await post("/api/setup", { token, name, email, password });
      if (!claimed.ok()) throw new Error(`Signing in was answered ${await answer.text()}`);
      return opened;
    },
    async kill() {
      hasBeenAway = true;
      await server.stop("SIGKILL");
    },
    async restart() {
      server = await startTestServer({
        dataFolder: first.dataFolder,
        flags: [...flags, "--port", new URL(origin).port],
      });
      if (server.url !== origin) throw new Error(`The server is at ${server.url} and was at ${origin}.`);
    },
    engines: () => engineProcesses(server.process.pid ?? 0),
    async askAndHold(page, question, letters) {
      for (let attempt = 1; ; attempt++) {
        await ask(page, question);
        const seen = await answerGrows(page, letters);
        const engines = await engineProcesses(server.process.pid ?? 0);
        const signal = (name: NodeJS.Signals) => engines.forEach((engine) => process.kill(engine, name));
        signal("SIGSTOP");
        const isHeld = (await storedAnswer(page)).run?.endedAt === null;
        if (isHeld || attempt === mostAttempts) return { seen, release: () => signal("SIGCONT") };
        // The answer was short and had ended before its first letters were seen here.
        signal("SIGCONT");
        await answerEnds(page);
        await page.goto(origin);
      }
    },
    async [Symbol.asyncDispose]() {
      await browser.close();
      if (server !== first) await server[Symbol.asyncDispose]();
      // The first one made the data folder and removes it.
      await first[Symbol.asyncDispose]();
    },
  };
}

export async function claimServer(page: Page, setupUrl: string | null, owner: Person): Promise<void> {
  if (setupUrl === null) throw new Error("This server has its owner already.");
  await page.goto(setupUrl);
  await page.getByLabel("Your name").fill(owner.name);
  await page.getByLabel("Email").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("link", { name: "Start chatting" }).click();
  await page.getByText(`Hello, ${owner.name}`).waitFor();
}

export async function signIn(page: Page, { email, password }: Person): Promise<void> {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

export async function ask(page: Page, question: string): Promise<void> {
  await page.getByRole("textbox", { name: "Message" }).fill(question);
  await page.keyboard.press("Enter");
}

/** Waits until this many answers of the open chat are complete. */
export async function answerEnds(page: Page, answers = 1): Promise<void> {
  const retries = page.getByRole("button", { name: "Retry" });
  await retries.nth(answers - 1).waitFor({ state: "attached", timeout: answerWithinMs });
}

/** Waits until the last answer has more than this many letters, and returns them. */
export async function answerGrows(page: Page, beyond: number): Promise<string> {
  const found = await page.waitForFunction(
    (count) => {
      const letters = ([...document.querySelectorAll(".markdown")].at(-1)?.textContent ?? "").replace(/[^\p{L}]/gu, "");
      return letters.length > count ? letters : null;
    },
    beyond,
    { timeout: answerWithinMs },
  );
  return (await found.jsonValue()) ?? "";
}

/** The letters of the last answer; what Markdown makes of stars and breaks does not count. */
export async function lettersOf(page: Page): Promise<string> {
  return lettersIn((await page.locator(".markdown").last().textContent()) ?? "");
}

export function lettersIn(text: string): string {
  return text.replace(/[^\p{L}]/gu, "");
}

/** What the server has stored of the last answer of the open chat. */
export async function storedAnswer(page: Page): Promise<Message> {
  const { origin, pathname } = new URL(page.url());
  const response = await page.request.get(`${origin}/api${pathname}/messages`);
  const { items } = (await response.json()) as { items: Message[] };
  const last = items.at(-1);
  if (last === undefined) throw new Error("This chat has no messages.");
  return last;
}

/** Clicks through the menu of the open chat. */
export async function chooseFromChatMenu(page: Page, item: string): Promise<void> {
  await page
    .getByRole("main")
    .getByRole("button", { name: /^Actions for/ })
    .click();
  await page.getByRole("menuitem", { name: item }).click();
}

/** The children of the server that run a model, from /proc. */
async function engineProcesses(serverId: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${serverId}/task`);
  const lists = await Promise.all(tasks.map((task) => readFile(`/proc/${serverId}/task/${task}/children`, "utf8")));
  const children = lists.flatMap((list) =>
    list
      .split(" ")
      .filter((id) => id !== "")
      .map(Number),
  );
  const commands = await Promise.all(children.map((id) => readFile(`/proc/${id}/cmdline`, "utf8")));
  return children.filter((_, index) => commands[index]?.includes("engine-worker"));
}
