// An owner looks after the backups of a real server in the settings; a member sees nothing of them.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../cli/run-program.ts";
import { openRealWeb, type RealWeb, signIn } from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };
const passphrase = "seven green umbrellas";

let web: RealWeb;
beforeAll(async () => {
  web = await openRealWeb();
});
afterAll(() => web[Symbol.asyncDispose]());

test("an owner sets a passphrase, backs up, sees it proven, and downloads a file that restores", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(`${web.server.url}/settings/backups`);
  await page.getByText("No backup has been made yet.").waitFor();
  await page.getByText("The backups are not encrypted").waitFor();
  await page.getByLabel("New passphrase").fill(passphrase);
  await page.getByLabel("The same again").fill("seven green umbrellaz");
  await page.getByText("This is not the same.").waitFor();
  expect(await page.getByRole("button", { name: "Encrypt backups" }).isDisabled()).toBe(true);
  await page.getByLabel("The same again").fill(passphrase);
  await page.getByRole("button", { name: "Encrypt backups" }).click();
  await page.getByText("Keep the passphrase in another place too").waitFor();

  await page.getByRole("button", { name: "Back up now" }).click();
  await page.getByText(/^Last proven restore: /).waitFor({ timeout: 120_000 });
  await page.getByText(/^Last backup: /).waitFor();
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: /^Download the backup of/ }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toMatch(/^shobar-[0-9a-f]{8}-.*Z\.shobar$/);
  const file = `${web.server.dataFolder}-downloaded.shobar`;
  await download.saveAs(file);
  expect((await readFile(file)).subarray(0, 8).toString()).toBe("SHOBARBK");
  const words = ["restore", file, "--data", `${web.server.dataFolder}-restored`, "--json"];
  expect(await runProgram(words, { environment: { SHOBAR_BACKUP_PASSPHRASE: passphrase } })).toMatchObject({ code: 0 });
  await context.close();
});

test("what is chosen stays chosen, and a folder that cannot be is refused where it was typed", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(`${web.server.url}/settings/backups`);
  await page.getByRole("radio", { name: "Every few hours" }).click();
  await page.getByText("Saved", { exact: true }).waitFor();
  await page.getByLabel("Weeks").fill("2");
  await page.getByLabel("Folder").fill("/not/there/at-all");
  await page.getByLabel("Months").focus();
  await page.getByText("Backups cannot be kept in /not/there/at-all").waitFor();
  await page.reload();
  await page.getByRole("combobox", { name: "How often" }).waitFor();
  expect(await page.getByLabel("Weeks").inputValue()).toBe("2");
  expect(await page.getByLabel("Folder").inputValue()).toBe("");
  await context.close();
});

test("a member has no such section", async () => {
  const made = await runProgram([
    "users",
    "create",
    "--name",
    "Rahim",
    "--email",
    "rahim@example.org",
    "--data",
    web.server.dataFolder,
    "--json",
  ]);
  const { password } = JSON.parse(made.stdout) as { password: string };
  const { page, context } = await web.open();
  await page.goto(`${web.server.url}/settings/backups`);
  await signIn(page, { name: "Rahim", email: "rahim@example.org", password });
  await page.getByRole("link", { name: "API keys" }).waitFor();
  expect(await page.getByRole("link", { name: "Backups" }).count()).toBe(0);
  expect(await page.getByText("Back up now").count()).toBe(0);
  await context.close();
});
