// Every page in every state that it can be in, as axe sees it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOpenState, type OpenState } from "../../scripts/screenshots/open-state.ts";
import { createInTurn } from "../../src/platform/in-turn.ts";
import { seededChats } from "../support/fake-api-seed.ts";
import { openWebAppsInOneBrowser, type WebApp, webFolder } from "../support/open-web-app.ts";
import { pages } from "../support/page-states.ts";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** A page of the browser in which one state after the other is opened. */
interface Viewer {
  readonly app: WebApp;
  readonly open: OpenState;
  readonly inTurn: ReturnType<typeof createInTurn>;
}

const openWebApp = openWebAppsInOneBrowser();
/** One for each of two processors. */
let viewers: readonly Viewer[];

beforeAll(async () => {
  viewers = await Promise.all([1, 2].map(openViewer));
});
afterAll(async () => {
  for (const { app } of viewers) await app[Symbol.asyncDispose]();
});

async function openViewer(): Promise<Viewer> {
  const app = await openWebApp({}, { reducedMotion: "reduce" });
  await app.page.addInitScript(() => location.protocol === "http:" && localStorage.clear());
  const open = createOpenState(app.page, app.server, { webFolder, isFrozen: true });
  return { app, open, inTurn: createInTurn() };
}

/** The first state of a page is looked at in both themes, those that differ from it in what is there in one or the other. */
const states = Object.entries(pages)
  .flatMap(([page, all]) =>
    all.map((state, index) => ({
      name: `${page}, ${state.state}`,
      state,
      theme: index % 2 === 0 ? ("light" as const) : ("dark" as const),
      isFirst: index === 0,
    })),
  )
  .map((each, index) => ({ ...each, index }));

describe.concurrent("axe finds nothing, and the console is empty", () => {
  test.each(states)("on $name", async ({ state, theme, isFirst, index }) => {
    const { app, open, inTurn } = viewers[index % 2]!;
    const { page, problems } = app;
    await inTurn(async () => {
      problems.length = 0;
      await page.emulateMedia({ colorScheme: theme });
      await open(state);
      expect(await findingsOf(page, { isSidebarKnown: !isFirst })).toEqual([]);
      if (isFirst) {
        await page.emulateMedia({ colorScheme: "dark" });
        await page.waitForFunction(isDark);
        expect(await findingsOf(page, { rules: rulesOfColour })).toEqual([]);
      }
      expect(problems).toEqual([]);
    });
  });
});

/** What another theme can break. */
const rulesOfColour = ["color-contrast", "link-in-text-block"];

/** Runs in the page. */
function isDark(): boolean {
  return Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0] ?? 255) < 100;
}

test("on a phone, with the sidebar open, axe finds nothing", async () => {
  await using app = await openWebApp({}, { viewport: { width: 390, height: 844 }, reducedMotion: "reduce" });
  await app.open("/");
  await app.page.getByRole("button", { name: "Open the sidebar" }).click();
  await app.page.getByRole("link", { name: "Models" }).waitFor();
  expect(await findingsOf(app.page)).toEqual([]);
});

test("in Bengali axe finds nothing", async () => {
  await using app = await openWebApp({ language: "bn" }, { locale: "bn", reducedMotion: "reduce" });
  await app.open(`/chats/${seededChats.rich}`);
  await app.page.getByText("যা দরকার নেই, তা পড়বেন না।").waitFor();
  expect(await app.page.locator("html").getAttribute("lang")).toBe("bn");
  expect(await findingsOf(app.page)).toEqual([]);
});

interface Look {
  /** All when left out. */
  readonly rules?: string[];
  /** It is the same on every page, and was looked at with the first state. */
  readonly isSidebarKnown?: boolean;
}

/** Each finding in one line: rule, place, reason. */
async function findingsOf(page: Page, { rules, isSidebarKnown = false }: Look = {}): Promise<string[]> {
  // Menus and dialogs fade in; a half-transparent text has another contrast.
  await page.evaluate(() =>
    Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => null))),
  );
  await page.evaluate(axeSource);
  return await page.evaluate(
    async ({ options, exclude }) => {
      const { axe } = globalThis as unknown as { axe: typeof import("axe-core") };
      const { violations } = await axe.run({ exclude }, { ...options, resultTypes: ["violations"] });
      return violations.flatMap(({ id, nodes }) =>
        nodes.map(
          (node) => `${id}: ${node.html.slice(0, 200)} (${node.failureSummary?.replace(/\s+/g, " ").slice(0, 300)})`,
        ),
      );
    },
    {
      options: rules ? { runOnly: rules } : {},
      // Focus guards hand the focus on at once: nobody ever stands on one.
      exclude: ["[data-base-ui-focus-guard]", ...(isSidebarKnown ? ["aside"] : [])],
    },
  );
}
