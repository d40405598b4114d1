// `npm run screenshots [page...]`: one contact sheet per page into screenshots/, from seeded data. Look at them side by
// side before a page is called done: nothing may be cut, jump or overlap. `npm run screenshots readme` takes the
// picture in the README anew, from example data.
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { type Browser, type Page } from "playwright-core";
import { build } from "vite";
import { openBrowser } from "../tests/support/open-browser.ts";
import { startFakeApiServer } from "../tests/support/fake-api-server.ts";
import { type PageState, pages } from "../tests/support/page-states.ts";
import { rootFolder } from "./setup/root-folder.mjs";

interface Variant {
  readonly width: number;
  readonly theme: "light" | "dark";
  readonly language: "en" | "bn";
  /** Text at twice the size. */
  readonly isLargeText?: boolean;
}

interface Shot {
  readonly caption: string;
  readonly picture: Buffer;
  readonly width: number;
}

// A Tuesday morning; dates in pictures do not change from day to day.
const now = Date.UTC(2026, 10, 24, 9, 30);
const heights: Readonly<Record<number, number>> = { 1440: 900, 1024: 768, 390: 844, 320: 640 };
const every: readonly Variant[] = [1440, 1024, 390, 320].flatMap((width) =>
  (["light", "dark"] as const).flatMap((theme) =>
    (["en", "bn"] as const).map((language) => ({ width, theme, language })),
  ),
);
const some: readonly Variant[] = [
  { width: 1440, theme: "light", language: "en" },
  { width: 1440, theme: "dark", language: "bn" },
  { width: 390, theme: "light", language: "bn" },
  { width: 390, theme: "dark", language: "en" },
];
const large: Variant = { width: 1024, theme: "light", language: "en", isLargeText: true };

const webFolder = path.join(rootFolder, "dist", "web");
const outFolder = path.join(rootFolder, "screenshots");
// A stream that is still open never becomes quiet.
const quietWithinMs = 1500;
const wanted = process.argv.slice(2);

const readmeFile = path.join(rootFolder, "docs", "images", "conversation.png");
const readmeQuestion = "How do I read a large file line by line in Python?";
const readmeAnswer = `Open the file with a *context manager*, so that it is **closed even when something fails**:

\`\`\`python
from collections.abc import Iterator
from pathlib import Path

def read_lines(path: Path) -> Iterator[str]:
    """Lines without their breaks."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield line.rstrip("\\n")
\`\`\`

| Way | Memory | Good for |
|:----|-------:|:---------|
| \`for line in file\` | one line | large files |
| \`file.read()\` | the whole file | small texts |
| \`mmap\` | pages in use | looking things up |

- A file object is an iterator: only one line is in memory at a time.
- Name the encoding, or Windows will choose one for you.`;

await build({ root: rootFolder, logLevel: "warn" });
await mkdir(outFolder, { recursive: true });
const browser = await openBrowser();
// As a person sets it in the browser: then widths in a style sheet count in larger units too.
const largeTextBrowser = await openBrowser(["--blink-settings=defaultFontSize=32"]);
try {
  if (wanted.includes("readme")) await takeReadmePicture(browser);
  for (const [name, states] of Object.entries(pages)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const shots: Shot[] = [];
    for (const [index, state] of states.entries()) {
      const variants = index === 0 ? [...every, large] : some;
      for (const variant of variants) {
        shots.push(await takeShot(variant.isLargeText === true ? largeTextBrowser : browser, state, variant));
      }
    }
    const file = path.join(outFolder, `${name}.png`);
    await writeFile(file, await layOut(browser, shots));
    console.log(`${path.relative(rootFolder, file)}: ${shots.length} pictures`);
  }
} finally {
  await browser.close();
  await largeTextBrowser.close();
}

async function takeShot(browserInUse: Browser, state: PageState, variant: Variant): Promise<Shot> {
  const { width, theme, language } = variant;
  const server = await startFakeApiServer({ webFolder, language, now, isFrozen: true, ...state.options });
  const context = await browserInUse.newContext({
    viewport: { width, height: heights[width] ?? 800 },
    colorScheme: theme,
    locale: language,
    timezoneId: "UTC",
    reducedMotion: "reduce",
    hasTouch: width < 640,
    isMobile: width < 640,
  });
  try {
    const page = await context.newPage();
    await page.clock.setFixedTime(now);
    await page.goto(server.origin + state.path);
    await settle(page, state);
    const caption = `${state.state} · ${width} · ${theme} · ${language}${variant.isLargeText === true ? " · text 200 %" : ""}`;
    return { caption, picture: await page.screenshot(), width };
  } finally {
    await context.close();
    await server.close();
  }
}

async function takeReadmePicture(browserInUse: Browser): Promise<void> {
  const server = await startFakeApiServer({ webFolder, now, answer: [readmeAnswer] });
  const { state } = server;
  // A model that could have written it, and a list that is not padded.
  state.models = state.models.map((model) => ({ ...model, isDefault: model.id === "qwen3-4b" }));
  for (const chat of state.chatPage(null, 100).items.slice(5)) state.setDeleted(chat.id, true);
  const page = await browserInUse.newPage({
    viewport: { width: 1440, height: 900 },
    colorScheme: "light",
    locale: "en",
    timezoneId: "UTC",
    reducedMotion: "reduce",
  });
  try {
    await page.clock.setFixedTime(now);
    await page.goto(server.origin);
    await page.locator("textarea").fill(readmeQuestion);
    await page.keyboard.press("Enter");
    await settle(page, { state: "readme", path: "/", ready: "pre span" });
    await page.getByRole("button", { name: "Retry" }).waitFor();
    await mkdir(path.dirname(readmeFile), { recursive: true });
    await writeFile(readmeFile, await page.screenshot());
    console.log(path.relative(rootFolder, readmeFile));
  } finally {
    await page.close();
    await server.close();
  }
}

/** Quiet network and fonts, then what brings the page into its state, then whatever that loads. */
async function settle(page: Page, state: PageState): Promise<void> {
  await page.waitForLoadState("networkidle", { timeout: quietWithinMs }).catch(() => undefined);
  await state.act?.(page);
  if (state.ready !== undefined) await page.locator(state.ready).first().waitFor();
  await page.evaluate(() => document.fonts.ready);
  // Menus and dialogs fade in; what pulses never ends.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation instanceof CSSTransition)
        .map((animation) => animation.finished.catch(() => null)),
    ),
  );
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

/** All pictures on one page, with captions, photographed as one. */
async function layOut(browserInUse: Browser, shots: readonly Shot[]): Promise<Buffer> {
  const page = await browserInUse.newPage({ viewport: { width: 3000, height: 800 } });
  const figures = shots.map(({ caption, picture, width }) => {
    const shown = Math.round(width * 0.5);
    return `<figure style="margin:0"><figcaption>${caption}</figcaption><img width="${shown}" src="data:image/png;base64,${picture.toString("base64")}"></figure>`;
  });
  await page.setContent(
    `<body style="margin:16px;display:flex;flex-wrap:wrap;gap:16px;font:12px sans-serif;background:#999">${figures.join("")}</body>`,
  );
  await page.evaluate(() => Promise.all([...document.images].map((image) => image.decode())));
  const sheet = await page.screenshot({ fullPage: true });
  await page.close();
  return sheet;
}
