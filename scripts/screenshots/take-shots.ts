import type { Browser, Page } from "playwright-core";
import { startFakeApiServer } from "../../tests/support/fake-api-server.ts";
import type { PageState } from "../../tests/support/page-states.ts";
import { createOpenState } from "./open-state.ts";
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
    const open = createOpenState(page, server, base);
    const shots: Buffer[] = [];
    for (const state of states) {
      await open(state);
      // A picture longer than the window resets the size of text.
      shots.push(await page.screenshot({ fullPage: variant.isLargeText !== true }));
    }
    return shots;
  } finally {
    await page.close();
  }
}

/** As a person sets it in the browser: then widths in a style sheet count in larger units too. */
async function setLargeText(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.setFontSizes", { fontSizes: { standard: 32, fixed: 26 } });
}
