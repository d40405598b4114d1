// The README's pictures, taken of the demo: the product itself with its own example data, nothing arranged for the camera.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { type RunningDemo, startDemo } from "../demo/start-demo.ts";
import { watchPage } from "./settle.ts";

const webpQuality = 80;
const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 860 }, deviceScaleFactor: 1.5 };
const tall: BrowserContextOptions = { ...desktop, viewport: { width: 1280, height: 1180 } };
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  hasTouch: true,
  isMobile: true,
};

interface ReadmePicture {
  readonly name: string;
  readonly person: string;
  readonly theme: "light" | "dark";
  readonly screen: BrowserContextOptions;
  /** Brings the signed-in page to what the picture shows. */
  readonly open: (page: Page) => Promise<void>;
}

const pictures: readonly ReadmePicture[] = [
  { name: "conversation", person: "daniel", theme: "light", screen: desktop, open: openChat(/^How do I read a large/) },
  { name: "conversation-dark", person: "daniel", theme: "dark", screen: desktop, open: openChat(/^How do I read a/) },
  { name: "conversation-bengali", person: "anika", theme: "light", screen: desktop, open: openChat(/^এক লাখ টাকা/) },
  { name: "models", person: "daniel", theme: "light", screen: tall, open: openPath("/models") },
  { name: "people", person: "daniel", theme: "light", screen: tall, open: openPath("/settings/people") },
  { name: "phone", person: "rafiq", theme: "dark", screen: phone, open: openChat(/^সুতি, রেশম/) },
];

/** Each picture by its name, as WebP. */
export async function takeReadmePictures(browser: Browser): Promise<Map<string, Buffer>> {
  const folder = await mkdtemp(path.join(tmpdir(), "shobar-demo-"));
  const taken = new Map<string, Buffer>();
  const demo = await startDemo({ folder, port: "0" }, () => {});
  try {
    for (const picture of pictures) taken.set(picture.name, await takePicture(browser, demo, picture));
  } finally {
    await demo.stop();
    await rm(folder, { recursive: true, force: true });
  }
  return taken;
}

async function takePicture(browser: Browser, { facts }: RunningDemo, picture: ReadmePicture): Promise<Buffer> {
  const context = await browser.newContext({
    ...picture.screen,
    colorScheme: picture.theme,
    locale: "en",
    reducedMotion: "reduce",
  });
  try {
    const data = { email: `${picture.person}@example.org`, password: facts.password };
    const entered = await context.request.post(`${facts.url}/api/session`, { data });
    if (!entered.ok()) throw new Error(`${data.email} could not sign in: ${await entered.text()}`);
    const page = await context.newPage();
    const { settled } = watchPage(page);
    await page.goto(facts.url);
    await picture.open(page);
    const rest = () => settled((asked) => asked.endsWith("/events"));
    await rest();
    await page.getByRole("main").evaluate(scrollToStart);
    await rest();
    return await asWebp(page);
  } finally {
    await context.close();
  }
}

/** By its address: on a phone the list is not in sight. */
function openChat(title: RegExp): (page: Page) => Promise<void> {
  return async (page) => {
    const { items } = (await (await page.request.get(new URL("/api/chats", page.url()).href)).json()) as {
      items: { id: string; title: string }[];
    };
    const chat = items.find((each) => title.test(each.title));
    if (!chat) throw new Error(`The demo has no chat ${title.source}.`);
    await openPath(`/chats/${chat.id}`)(page);
    await page.locator(".markdown").first().waitFor();
    await page
      .locator("article")
      .first()
      .evaluate((answer) => answer.previousElementSibling?.scrollIntoView());
  };
}

function openPath(where: string): (page: Page) => Promise<void> {
  return async (page) => {
    await page.goto(new URL(where, page.url()).href);
    await page.getByRole("main").waitFor();
  };
}

/** Runs in the page: a chat opens at its end, a reader of the picture begins at the question. */
function scrollToStart(main: HTMLElement | SVGElement): void {
  for (const part of main.querySelectorAll("*")) part.scrollTop = 0;
}

/** A third of the PNG's size, and what every browser shows. */
async function asWebp(page: Page): Promise<Buffer> {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send("Page.captureScreenshot", { format: "webp", quality: webpQuality });
  return Buffer.from(data, "base64");
}
