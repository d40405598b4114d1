// Where the focus is, and how Tab gets it elsewhere, as somebody without a mouse or a screen finds out.
import type { Page } from "playwright-core";
import { expect } from "vitest";

/** What a screen reader says of the control that has the focus, nearly: its label, else its text. */
export function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const labels =
      element instanceof HTMLInputElement ? [...(element.labels ?? [])].map((label) => label.textContent) : [];
    return [element?.getAttribute("aria-label"), ...labels, element?.textContent].filter(Boolean).join(" | ");
  });
}

/** Presses Tab until the focus is on a control of this name; a control that cannot be reached fails the test. */
export async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    if (name.test(await focusedName(page))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reaches ${String(name)}.`);
}

/** Waits until the focus has come there by itself. */
export async function focusComesTo(page: Page, name: RegExp): Promise<void> {
  await expect.poll(() => focusedName(page), { timeout: 20_000 }).toMatch(name);
}
