import type { Browser, Page } from "playwright-core";
import { followRun } from "../../src/features/chats/contract.ts";
import { startFakeApiServer } from "../../tests/support/fake-api-server.ts";
import type { PageState } from "../../tests/support/page-states.ts";
import { watchPage } from "./settle.ts";
import { browserOptionsOf, type Variant } from "./variants.ts";

// A Tuesday morning; dates in pictures do not change from day to day.
export const pictureTime = Date.UTC(2026, 10, 24, 9, 30);

/** All pictures of one variant, one after the other in one page: what it has loaded once stays loaded. */
export async function takeShots(
  browser: Browser,
  webFolder: string,
  variant: Variant,
  states: readonly PageState[],
): Promise<Buffer[]> {
  const base = { webFolder, language: variant.language, now: pictureTime, isFrozen: true };
  await using server = await startFakeApiServer(base);
  const page = await browser.newPage(browserOptionsOf(variant));
  try {
    // Each picture begins in a browser that remembers nothing but files.
    await page.addInitScript(() => localStorage.clear());
    await page.clock.setFixedTime(pictureTime);
    if (variant.isLargeText === true) await setLargeText(page);
    const { settled } = watchPage(page);
    const shots: Buffer[] = [];
    for (const state of states) {
      server.become({ ...base, ...state.options });
      const rest = () => settled(isEndlessIn(state));
      await page.mouse.move(0, 0);
      // An address that differs only after its # would keep the page.
      await page.goto("about:blank");
      const origin = state.isByName === true ? server.origin.replace("127.0.0.1", "localhost") : server.origin;
      await page.goto(origin + state.path, { waitUntil: "commit" });
      if (state.act !== undefined) {
        await rest();
        await state.act(page);
      }
      if (state.ready !== undefined) await page.locator(state.ready).first().waitFor();
      await rest();
      // A picture longer than the window resets the size of text.
      shots.push(await page.screenshot({ fullPage: variant.isLargeText !== true }));
    }
    return shots;
  } finally {
    await page.close();
  }
}

/** Streams stay open, and what hangs in this state never comes. */
function isEndlessIn({ options }: PageState): (path: string) => boolean {
  const patterns = [followRun.path, ...(options?.hanging ?? [])].map(
    (path) => new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`),
  );
  return (path) => patterns.some((pattern) => pattern.test(path));
}

/** As a person sets it in the browser: then widths in a style sheet count in larger units too. */
async function setLargeText(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
}
