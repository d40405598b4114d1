// After an upgrade: a quiet notice for admins, what is new behind one click, and the way back.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

const notice = (page: Page) => page.getByText("Shobar was updated from 0.2.1 to 0.3.0.");

test("the notice leads to what changed and the command that goes back, and then is gone for good", async () => {
  await using app = await openWebApp({ upgraded: "unseen" });
  const { page } = app;
  await app.open("/");
  await notice(page).waitFor();
  await page.getByRole("region", { name: "What is new" }).getByRole("link", { name: "What is new" }).click();
  await page.getByRole("heading", { level: 2, name: "What is new" }).waitFor();
  await page.getByText("A person can sign out everywhere").waitFor();
  await page.getByText("npm run -s shobar -- rollback --data /var/lib/shobar").waitFor();
  await page.getByText("After that, start Shobar 0.2.1.").waitFor();
  await notice(page).waitFor({ state: "detached" });
  await page.reload();
  await page.getByText("A person can sign out everywhere").waitFor();
  expect(await notice(page).count()).toBe(0);
  expect(app.problems).toEqual([]);
});

test("the notice can be put away by keyboard, and stays away when the page is opened again", async () => {
  await using app = await openWebApp({ upgraded: "program alone" });
  const { page } = app;
  await app.open("/models");
  await notice(page).waitFor();
  await page.getByRole("region", { name: "What is new" }).getByRole("button", { name: "Close" }).press("Enter");
  await notice(page).waitFor({ state: "detached" });
  await expect.poll(() => app.server.state.upgrade.last?.isSeen).toBe(true);
  await app.open("/settings/whats-new");
  await page.getByText("The update did not change your data.").waitFor();
  expect(await notice(page).count()).toBe(0);
});

test("a member is told nothing of it, and has no such page", async () => {
  await using app = await openWebApp({ upgraded: "unseen", role: "member" });
  const { page } = app;
  await app.open("/settings/whats-new");
  await page.getByRole("heading", { level: 2, name: "Profile" }).waitFor();
  expect(await notice(page).count()).toBe(0);
  expect(await page.getByRole("link", { name: "What is new" }).count()).toBe(0);
  expect(app.server.requests.filter((path) => path.startsWith("/api/upgrades"))).toEqual([]);
});
