// Whose server it is: named by an admin, seen by everybody, also before they have signed in.
import { expect, test } from "vitest";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

test("an admin names the organisation; the sidebar, the titles and the next visit say it, and taken away it is Shobar again", async () => {
  await using app = await openWebApp({ role: "admin" });
  const { page } = app;
  await app.open("/settings/organisation");
  const navigation = page.getByRole("navigation", { name: "Main" });
  await navigation.getByText("Shobar", { exact: true }).waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("Rahman Textiles");
  await page.keyboard.press("Enter");
  await page.getByText("Saved", { exact: true }).waitFor();
  await navigation.getByText("Rahman Textiles", { exact: true }).waitFor();
  await expect.poll(() => page.title()).toBe("Settings · Rahman Textiles");
  await page.reload();
  await navigation.getByText("Rahman Textiles", { exact: true }).waitFor();
  await page.getByRole("textbox", { name: "Name" }).fill("");
  await page.getByRole("textbox", { name: "Name" }).blur();
  await navigation.getByText("Shobar", { exact: true }).waitFor();
  await expect.poll(() => page.title()).toBe("Settings · Shobar");
  expect(app.server.state.organisation).toBe("");
  expect(app.problems).toEqual([]);
});

test("a name that is not saved says so, and what was typed stays", async () => {
  await using app = await openWebApp({ failing: ["/api/organisation"] });
  const { page } = app;
  await app.open("/settings/organisation");
  await page.getByRole("textbox", { name: "Name" }).fill("Rahman Textiles");
  await page.getByRole("textbox", { name: "Name" }).blur();
  await page.getByText("This was not saved.").waitFor();
  expect(await page.getByRole("textbox", { name: "Name" }).inputValue()).toBe("Rahman Textiles");
});

test("who signs in or was invited sees whose server it is, and a member no section to change it", async () => {
  await using app = await openWebApp({ isSignedOut: true, organisation: "রহমান টেক্সটাইল" });
  const { page, server } = app;
  for (const address of ["/sign-in", "/invite#token=good", "/reset#token=good"]) {
    await app.open(address);
    await page.getByText("রহমান টেক্সটাইল", { exact: true }).waitFor();
  }
  server.become({ organisation: "রহমান টেক্সটাইল", webFolder: server.state.options.webFolder, role: "member" });
  await app.open("/settings/organisation");
  await expect.poll(() => new URL(page.url()).pathname).toBe("/settings");
  expect(await page.getByRole("link", { name: "Organisation" }).count()).toBe(0);
});
