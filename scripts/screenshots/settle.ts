import type { Page, Request } from "playwright-core";

const patienceMs = 10_000;
const quietRounds = 2;

/**
 * Watches what a page asks for. `settled` resolves when the page has nothing left to do: no answer is awaited, the main
 * thread was idle twice in a row, fonts are there and whatever fades has faded.
 */
export function watchPage(page: Page): { settled: (isEndless?: (path: string) => boolean) => Promise<void> } {
  const awaited = new Set<Request>();
  let asked = 0;
  page.on("request", (request) => {
    asked += 1;
    awaited.add(request);
  });
  const end = (request: Request) => awaited.delete(request);
  page.on("requestfinished", end);
  page.on("requestfailed", end);
  const settled = async (isEndless: (path: string) => boolean = () => false) => {
    const open = () =>
      [...awaited].map((request) => new URL(request.url()).pathname).filter((path) => !isEndless(path));
    const giveUpAt = Date.now() + patienceMs;
    for (let quiet = 0, before = asked; quiet < quietRounds; before = asked) {
      await page.evaluate(waitUntilIdle);
      quiet = open().length === 0 && asked === before ? quiet + 1 : 0;
      if (Date.now() > giveUpAt) throw new Error(`The page never comes to rest: ${open().join(", ")}`);
    }
  };
  return { settled };
}

/** Runs in the page. What pulses never ends and is not waited for. */
async function waitUntilIdle(): Promise<void> {
  await new Promise((resolve) => requestIdleCallback(resolve, { timeout: 1000 }));
  await document.fonts.ready;
  const ending = document
    .getAnimations()
    .filter((animation) => Number.isFinite(Number(animation.effect?.getComputedTiming().endTime)));
  await Promise.all(ending.map((animation) => animation.finished.catch(() => null)));
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}
