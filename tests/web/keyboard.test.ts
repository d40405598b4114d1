import { expect, test } from "vitest";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";
import { tabTo } from "./keyboard-focus.ts";

const openWebApp = openWebAppsInOneBrowser();

test("signing in, asking, stopping, renaming, choosing a model and making a key need no mouse", async () => {
  const answer = Array.from({ length: 500 }, (_, index) => ` word${index}`);
  await using app = await openWebApp({ isSignedOut: true, answer });
  const { page } = app;
  await app.open("/sign-in");
  await tabTo(page, /^Email/);
  await page.keyboard.type("anika@example.org");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");

  await page.getByText("Hello, Anika Rahman").waitFor();
  await tabTo(page, /^Message/);
  await page.keyboard.type("Tell me");
  await page.keyboard.press("Enter");
  await page.locator(".markdown").getByText("word3").first().waitFor();
  await tabTo(page, /^Stop/);
  await page.keyboard.press("Enter");
  await page.getByText("Stopped. What had arrived is kept.").waitFor();

  await page.getByRole("main").focus();
  await tabTo(page, /^Actions for Tell me/);
  await page.keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Rename" }).waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("textbox", { name: "Title" }).waitFor();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("By keyboard");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "By keyboard", level: 1 }).waitFor();
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await tabTo(page, /^Model: /);
  await page.keyboard.press("Enter");
  await page.getByRole("option", { name: "Qwen3 4B" }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.getByRole("combobox", { name: "Model: Qwen3 4B" }).waitFor();

  await tabTo(page, /^Settings$/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^API keys$/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^Name/);
  await page.keyboard.type("Script");
  await page.keyboard.press("Enter");
  await page.getByText("Copy your new key now").waitFor();
  expect(app.problems).toEqual([]);
});

test("the first Tab leads past the sidebar, and focus stays in an open dialog and comes back", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/settings/api-keys");
  await page.getByText("Reporting script").waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");

  await tabTo(page, /^Revoke Laptop/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor();
  for (let presses = 0; presses < 6; presses += 1) {
    await page.keyboard.press("Tab");
    // A guard at the end of the dialog hands the focus back to its beginning.
    await expect.poll(() => page.evaluate(() => document.activeElement?.closest("[role=dialog]") !== null)).toBe(true);
  }
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute("aria-label")))
    .toBe("Revoke Laptop");
});

test("two-factor is set up, and signing in with it takes both steps, without a mouse", async () => {
  await using app = await openWebApp({ isSignedOut: true, hasTwoFactor: true });
  const { page } = app;
  const focusedLabel = () =>
    page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.labels?.[0]?.textContent ?? "");
  await app.open("/sign-in?next=/settings/security");
  await tabTo(page, /^Email/);
  await page.keyboard.type("anika@example.org");
  await page.keyboard.press("Tab");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await expect.poll(focusedLabel).toBe("Code");
  await page.keyboard.type("000000");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").waitFor();
  expect(await focusedLabel()).toBe("Code");
  await tabTo(page, /^Use a recovery code/);
  await page.keyboard.press("Enter");
  await expect.poll(focusedLabel).toBe("Recovery code");
  await page.keyboard.type("k7mq-avzx-p4nd-hw9c");
  await page.keyboard.press("Enter");

  await page.getByText(/8 recovery codes are left/).waitFor();
  await tabTo(page, /^Turn off two-factor/);
  await page.keyboard.press("Enter");
  await expect.poll(focusedLabel).toBe("Password or code");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await page.getByText("Two-factor is off.").waitFor();
  await tabTo(page, /^Turn on two-factor/);
  await page.keyboard.press("Enter");
  await expect.poll(focusedLabel).toBe("Your password");
  await page.keyboard.type("correct horse battery");
  await page.keyboard.press("Enter");
  await expect.poll(focusedLabel).toBe("Code");
  await page.keyboard.type("123456");
  await page.keyboard.press("Enter");
  await page.getByText("Keep these recovery codes now").waitFor();
  await tabTo(page, /^I have kept them/);
  await page.keyboard.press("Enter");
  await page.getByText(/10 recovery codes are left/).waitFor();
  expect(app.problems).toEqual([]);
});
