// The web app in Chromium on the machine that also runs the server and the model: how soon one can type, what an answer
// costs the browser, and what it costs the wire.
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { findChromium } from "../tests/support/find-chromium.ts";
import { progress, report } from "./support/claim.ts";
import { type OpenShobar, openShobar } from "./support/shobar.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
const answerTokens = 500;
const question =
  "Write a very long story with many chapters about a lighthouse by the sea. Describe every detail of every day.";

interface Measured {
  readonly usableMs: number;
  readonly mainThreadMs: number;
  readonly bytesPerToken: number;
  readonly tokens: number;
}

async function measure(server: OpenShobar, executablePath: string): Promise<Measured> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });
  try {
    const page = await signedInPage(browser, server);
    const startedAt = performance.now();
    await page.goto(server.url, { waitUntil: "commit" });
    const box = page.locator("textarea").first();
    await box.waitFor({ state: "visible" });
    await box.fill(question);
    const usableMs = performance.now() - startedAt;
    return { usableMs, ...(await measureAnswer(page, server)) };
  } finally {
    await browser.close();
  }
}

async function signedInPage(browser: Browser, server: OpenShobar): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const [name, value] = server.browser["cookie"]!.split("=") as [string, string];
  await context.addCookies([{ name, value, url: server.url }]);
  return context.newPage();
}

async function measureAnswer(page: Page, server: OpenShobar): Promise<Omit<Measured, "usableMs">> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const wire = await countEventStreamBytes(session);
  const before = await taskSeconds(session);
  await page.keyboard.press("Enter");
  const run = await endedRun(page, server);
  const mainThreadMs = ((await taskSeconds(session)) - before) * 1_000;
  return { mainThreadMs: (mainThreadMs * answerTokens) / run, bytesPerToken: wire.bytes() / run, tokens: run };
}

/** Bytes on the wire of event streams, frames of HTTP included. */
async function countEventStreamBytes(session: CDPSession): Promise<{ bytes(): number }> {
  const streams = new Set<string>();
  let total = 0;
  session.on("Network.responseReceived", ({ requestId, response }) => {
    if (response.mimeType === "text/event-stream") {
      streams.add(requestId);
    }
  });
  session.on("Network.dataReceived", ({ requestId, encodedDataLength, dataLength }) => {
    if (streams.has(requestId)) {
      total += encodedDataLength || dataLength;
    }
  });
  await session.send("Network.enable");
  return { bytes: () => total };
}

async function taskSeconds(session: CDPSession): Promise<number> {
  const { metrics } = await session.send("Performance.getMetrics");
  return metrics.find(({ name }) => name === "TaskDuration")!.value;
}

/** Waits until the answer of the page's chat has ended and its text is shown; answers its number of tokens. */
async function endedRun(page: Page, server: OpenShobar): Promise<number> {
  await page.waitForURL(/[0-9a-f]{8}-[0-9a-f]{4}-7/);
  const [chatId] = /[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/.exec(page.url())!;
  while (true) {
    const response = await fetch(`${server.url}/api/chats/${chatId}/messages`, { headers: server.browser });
    // The page shows a chat a moment before the server knows it.
    const { items = [] } = (await response.json()) as {
      items?: {
        readonly text: string;
        readonly run: { readonly status: string; readonly completionTokens: number | null } | null;
      }[];
    };
    const answer = items.findLast(({ run }) => run !== null);
    if (answer?.run && !["queued", "running"].includes(answer.run.status)) {
      const lastWord = /\p{L}+(?=\P{L}*$)/u.exec(answer.text)?.[0] ?? "";
      await page.waitForFunction(`document.body.innerText.includes(${JSON.stringify(lastWord)})`);
      return answer.run.completionTokens ?? 0;
    }
    await page.waitForTimeout(500);
  }
}

const executablePath = await findChromium();
await using server = await openShobar();
const measured: Measured[] = [];
for (let round = 0; round < rounds; round++) {
  measured.push(await measure(server, executablePath));
  progress(`round ${round + 1} of ${rounds}: ${JSON.stringify(measured.at(-1))}`);
}
report({
  name: "web-app",
  title: "The web app in Chromium, on the machine that runs the model",
  rows: [
    {
      what: "cold load to a usable message box",
      unit: "ms",
      rounds: measured.map((each) => each.usableMs),
      bar: { is: "at most", value: 1_500 },
    },
    {
      what: `browser's main thread for an answer of ${answerTokens} tokens`,
      unit: "ms",
      rounds: measured.map((each) => each.mainThreadMs),
      bar: { is: "at most", value: 1_500 },
    },
    {
      what: "bytes on the wire per token",
      unit: "bytes",
      rounds: measured.map((each) => each.bytesPerToken),
      bar: { is: "at most", value: 60 },
    },
  ],
  notes: [
    `A new browser with an empty cache each round. Answers had ${measured.map(({ tokens }) => tokens).join(", ")} tokens; the main thread's time is scaled to ${answerTokens}.`,
    "Usable: the message box is visible and has taken a text. Bytes: the event stream's body as it came over the wire.",
    "Open WebUI 0.12, measured earlier on two cores: 4,100 ms, 6,200 ms, 301 bytes.",
  ],
});
