// People as an admin manages them, and the pages that their links open.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { seededPerson } from "../support/fake-api-seed.ts";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

const path = (page: Page): string => new URL(page.url()).pathname;

test("an invitation is made by keyboard alone, its link is shown once, and it can be withdrawn", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/settings/people");
  await page.getByRole("button", { name: "Invite" }).waitFor();
  await tabTo(page, /^Skip to the content$/);
  await page.keyboard.press("Enter");
  await tabTo(page, /^Invite$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: "Invite somebody" }).waitFor();
  await expect.poll(() => focusedName(page)).toMatch(/^For whom/);
  await page.keyboard.type("Nazrul");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowRight");
  await page.getByText("Invites and manages members.").waitFor();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Copy the link now" }).waitFor();
  const url = (await page.getByText(/\/invite#token=/).textContent()) ?? "";
  await tabTo(page, /^I have copied it$/);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await expect.poll(() => focusedName(page)).toBe("Invite");
  const row = page.getByRole("listitem").filter({ hasText: "Nazrul" });
  await row.getByText("Admin", { exact: true }).waitFor();
  expect(await page.content()).not.toContain(url.split("token=")[1]);
  await tabTo(page, /^Withdraw the invitation: Nazrul$/);
  await page.keyboard.press("Enter");
  await page.getByText("Invitation withdrawn.").waitFor();
  await row.waitFor({ state: "detached" });
  expect(app.problems).toEqual([]);
});

test("a person is found, promoted, disabled and enabled, and each holds when the page is loaded again", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  await app.open("/settings/people");
  await page.getByLabel("Find by name or email").fill("mina");
  await page.getByRole("link", { name: /Rahim Uddin/ }).waitFor({ state: "detached" });
  await page.getByRole("link", { name: /Mina Chakma/ }).click();
  await page.getByRole("radio", { name: "Admin" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  expect(server.state.person(seededPerson)?.role).toBe("admin");
  await page.getByRole("button", { name: "Disable" }).click();
  await page.getByRole("button", { name: "Enable" }).waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Enable" }).click();
  await page.getByRole("button", { name: "Disable" }).waitFor();
  await page.getByRole("button", { name: "Make a reset link" }).click();
  await page.getByText(/\/reset#token=/).waitFor();
  await page.getByRole("button", { name: "I have copied it" }).click();
  await page.getByText(/\/reset#token=/).waitFor({ state: "detached" });
  expect(app.problems).toEqual([]);
});

test("an admin sees who has no two-factor, and that it is gone once it was taken off", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/settings/people");
  await page.getByRole("link", { name: /Mina Chakma.*Two-factor on/ }).waitFor();
  await page.getByRole("link", { name: /Rahim Uddin.*No two-factor/ }).waitFor();
  await page.getByRole("link", { name: /Mina Chakma/ }).click();
  const fact = page.locator("dl > div").filter({ hasText: "Two-factor" });
  await fact.getByText("On", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Take two-factor off" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take two-factor off" }).click();
  await page.getByText("Two-factor and passkeys are removed.").waitFor();
  await fact.getByText("Off: the password alone is enough").waitFor();
  expect(app.problems).toEqual([]);
});

test("a person is removed only when their name has been typed, and comes back with Undo", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  await app.open(`/settings/people/${seededPerson}`);
  await page.getByRole("button", { name: "Remove" }).click();
  const dialog = page.getByRole("dialog", { name: "Remove Mina Chakma" });
  const remove = dialog.getByRole("button", { name: "Remove" });
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByRole("textbox").fill("Mina Chakm");
  expect(await remove.isDisabled()).toBe(true);
  await dialog.getByRole("textbox").fill("Mina Chakma");
  await remove.click();
  await page.getByText("Mina Chakma was removed.").waitFor();
  await expect.poll(() => path(page)).toBe("/settings/people");
  expect(server.state.person(seededPerson)?.state).toBe("removed");
  await page.getByRole("button", { name: "Undo" }).click();
  await expect.poll(() => server.state.person(seededPerson)?.state).toBe("active");
  await page.getByRole("link", { name: /Mina Chakma/ }).click();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("radio", { name: "Delete them now" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("Mina Chakma");
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("link", { name: /Mina Chakma/ }).waitFor({ state: "detached" });
  expect(server.state.person(seededPerson)).toBeUndefined();
  expect(app.problems).toEqual([]);
});

test("an admin is shown what only an owner changes, and a member no people at all", async () => {
  await using app = await openWebApp({ role: "admin" });
  const { page, server } = app;
  await app.open("/settings/people");
  await page.getByRole("link", { name: /Rahim Uddin/ }).click();
  await page.getByText("Only an owner changes owners and admins.").waitFor();
  expect(await page.getByRole("button", { name: "Remove" }).count()).toBe(0);
  await app.open(`/settings/people/${seededPerson}`);
  await page.getByRole("button", { name: "Disable" }).waitFor();
  expect(await page.getByRole("radio").count()).toBe(0);
  server.become({ ...server.state.options, role: "member" });
  for (const address of ["/settings/people", `/settings/people/${seededPerson}`]) {
    await app.open(address);
    await expect.poll(() => path(page)).toBe("/settings");
    await page.getByRole("link", { name: "API keys" }).waitFor();
    expect(await page.getByRole("main").getByRole("link", { name: "People" }).count()).toBe(0);
  }
});

test("an invited person makes an account; what is refused is said and what was typed stays", async () => {
  await using app = await openWebApp({ isSignedOut: true });
  const { page } = app;
  await app.open("/invite#token=good");
  await page.getByText("Anika Rahman invites you to Example Ltd (Member).").waitFor();
  await page.getByLabel("Your name").fill("Chi");
  await page.getByLabel("Email").fill("taken@example.org");
  await page.getByLabel("Password").fill("seven green bicycles");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByText("An account with this email already exists.").waitFor();
  expect(await page.getByLabel("Your name").inputValue()).toBe("Chi");
  await page.getByLabel("Email").fill("chi@example.org");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("heading", { name: "Your language" }).waitFor();
  expect(app.server.requests.filter((url) => url.includes("good"))).toEqual([]);
});

test("a reset link sets a password that is good enough and leads to signing in, not past it", async () => {
  await using app = await openWebApp({ isSignedOut: true });
  const { page } = app;
  await app.open("/reset#token=good");
  await page.getByText("For Mina Chakma, mina.chakma@example.org.").waitFor();
  await page.getByLabel("New password").fill("password123");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("alert").waitFor();
  await page.getByLabel("New password").fill("seven green bicycles");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByText("Your new password is set").waitFor();
  await page.getByRole("link", { name: "Go to sign in" }).click();
  await page.getByText("Ask an admin for a link that sets a new one.").waitFor();
  expect([path(page), app.server.state.me]).toEqual(["/sign-in", null]);
  await app.open("/reset#token=old");
  await page.getByText("This link is not valid any more").waitFor();
});

test("leaving needs the password and signs out", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/settings/profile");
  await page.getByRole("button", { name: "Leave" }).click();
  const dialog = page.getByRole("dialog", { name: "Give up your account" });
  await dialog.getByLabel("Your password").fill("wrong password");
  await dialog.getByRole("button", { name: "Leave" }).click();
  await dialog.getByText("You have not left.").waitFor();
  await dialog.getByLabel("Your password").fill("correct horse battery");
  await dialog.getByRole("button", { name: "Leave" }).click();
  await expect.poll(() => path(page)).toBe("/sign-in");
});

async function focusedName(page: Page): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
    const names = [element?.getAttribute("aria-label"), ...labels.map((label) => label.textContent)];
    return names.find((each) => typeof each === "string" && each !== "") ?? element?.textContent ?? "";
  });
}

/** Presses Tab until the focus is on a control of this name; a control that cannot be reached fails the test. */
async function tabTo(page: Page, name: RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses += 1) {
    if (name.test(await focusedName(page))) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never reaches ${String(name)}.`);
}
