// One's own ways in at a real server, in a real browser: two-factor from turning it on to the second step, a passkey in
// Chromium's own virtual authenticator, and a session that is ended from another browser.
import { TOTP } from "otpauth";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addDevice } from "./passkey-in-browser.ts";
import { claimServer, openRealWeb, type RealWeb, signIn } from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };

let web: RealWeb;
/** By name: a passkey belongs to one, and localhost is a secure context. */
let address: string;
beforeAll(async () => {
  web = await openRealWeb();
  address = web.server.url.replace("127.0.0.1", "localhost");
  const { page, context } = await web.open();
  await claimServer(page, web.server.setupUrl?.replace("127.0.0.1", "localhost") ?? null, owner);
  await context.close();
});
afterAll(() => web[Symbol.asyncDispose]());

async function openSignedIn(): Promise<{ context: BrowserContext; page: Page }> {
  const opened = await web.open();
  await opened.page.goto(`${address}/sign-in?next=/settings/security`);
  await signIn(opened.page, owner);
  await opened.page.getByRole("heading", { name: "Security" }).waitFor();
  return opened;
}

test("a passkey is made with the password, signs in with one press, and no longer once it is removed", async () => {
  const { context, page } = await openSignedIn();
  const device = await addDevice(context, page);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name").fill("Laptop");
  await dialog.getByLabel("Your password").fill(owner.password);
  await dialog.getByRole("button", { name: "Add a passkey" }).click();
  await page.getByText("Laptop", { exact: true }).waitFor();
  await page.getByText(/^Added .*never used/).waitFor();

  await context.clearCookies();
  await page.goto(`${address}/sign-in?next=/settings/security`);
  await device.setVerified(false);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByText("No passkey was used.").waitFor();
  await device.setVerified(true);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page
    .getByText(/^Last used .*\./)
    .first()
    .waitFor();

  await page.getByRole("button", { name: "Rename Laptop" }).click();
  await page.getByRole("dialog").getByLabel("Name").fill("Old laptop");
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
  await page.getByRole("button", { name: "Remove Old laptop" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await page.getByText("You have no passkeys yet.").waitFor();
  await context.clearCookies();
  await page.goto(`${address}/sign-in`);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.getByRole("alert").waitFor();
  expect(await page.getByRole("alert").textContent()).toContain("This passkey was not accepted.");
  await context.close();
});

test("two-factor is turned on with the phone, asked for at the next sign-in, and ended sessions say so", async () => {
  const first = await openSignedIn();
  await first.page.getByRole("button", { name: "Turn on two-factor" }).click();
  const dialog = first.page.getByRole("dialog");
  await dialog.getByLabel("Your password").fill(owner.password);
  await dialog.getByRole("button", { name: "Continue" }).click();
  await dialog.getByRole("img", { name: "QR code with the key for the app" }).waitFor();
  const secret = ((await dialog.locator("code").textContent()) ?? "").replaceAll(" ", "");
  await dialog.getByLabel("Code", { exact: true }).fill(new TOTP({ secret }).generate());
  await dialog.getByRole("button", { name: "Turn on two-factor" }).click();
  await dialog.getByText("Keep these recovery codes now").waitFor();
  const codes = await dialog.locator("li").allTextContents();
  expect(codes).toHaveLength(10);
  await dialog.getByRole("button", { name: "I have kept them" }).click();
  await first.page.getByText(/10 recovery codes are left/).waitFor();

  const second = await web.open();
  await second.page.goto(`${address}/sign-in?next=/settings/security`);
  await signIn(second.page, owner);
  await second.page.getByRole("heading", { name: "One more step" }).waitFor();
  await second.page.getByRole("button", { name: "Use a recovery code" }).click();
  await second.page.getByLabel("Recovery code").fill(codes[0] ?? "");
  await second.page.keyboard.press("Enter");
  await second.page.getByText(/9 recovery codes are left/).waitFor();

  await second.page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await second.page.getByText("You are signed in here only.").waitFor();
  await first.page.reload();
  await first.page.getByRole("heading", { name: "Sign in" }).waitFor();
  await second.page.getByRole("button", { name: "Sign out everywhere, here too" }).click();
  await second.page.getByRole("heading", { name: "Sign in" }).waitFor();
  await Promise.all([first.context.close(), second.context.close()]);
});

test("nothing went wrong in any page, and no other host was asked", () => {
  // A passkey that was removed is refused, as it should be.
  expect(web.problems.filter((problem) => !problem.startsWith("/api/session/passkey: "))).toEqual([]);
  expect(web.foreignRequests.filter((url) => !url.startsWith(address))).toEqual([]);
});
