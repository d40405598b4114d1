// Brings a page into one of its states, one after the other in the same browser page: what was loaded once stays loaded.
import type { Page } from "playwright-core";
import { followRun } from "../../src/features/chats/contract.ts";
import type { FakeApiServer } from "../../tests/support/fake-api-server.ts";
import type { FakeOptions } from "../../tests/support/fake-api-state.ts";
import type { PageState } from "../../tests/support/page-states.ts";
import { watchPage } from "./settle.ts";

/** Resolves when the page is in its state and at rest. The server becomes what the state needs, over what it is at first. */
export type OpenState = (state: PageState) => Promise<void>;

export function createOpenState(page: Page, server: FakeApiServer, base: FakeOptions): OpenState {
  const { settled } = watchPage(page);
  return async (state) => {
    // An address that differs only after its # would keep the page.
    if (state.path.includes("#")) await page.goto("about:blank");
    server.become({ ...base, ...state.options });
    const rest = () => settled(isEndlessIn(state));
    await page.mouse.move(0, 0);
    const origin = state.isByName === true ? server.origin.replace("127.0.0.1", "localhost") : server.origin;
    await page.goto(origin + state.path, { waitUntil: "commit" });
    if (state.act !== undefined) {
      await rest();
      await state.act(page);
    }
    if (state.ready !== undefined) await page.locator(state.ready).first().waitFor();
    await rest();
  };
}

/** Streams stay open, and what hangs in this state never comes. */
function isEndlessIn({ options }: PageState): (path: string) => boolean {
  const patterns = [followRun.path, ...(options?.hanging ?? [])].map(
    (path) => new RegExp(`^${path.replace(/:\w+/g, "[^/]+")}$`),
  );
  return (path) => patterns.some((pattern) => pattern.test(path));
}
