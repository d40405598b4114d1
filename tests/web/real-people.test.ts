// Several people and programs at one real server: a member made by a command, an API key made in the settings, and one
// who uses the keyboard only.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runProgram } from "../cli/run-program.ts";
import { tabTo } from "./keyboard-focus.ts";
import {
  answerEnds,
  answerGrows,
  ask,
  claimServer,
  longQuestion,
  openRealWeb,
  type Person,
  type RealWeb,
  signIn,
} from "./real-web.ts";

const owner = { name: "Anika", email: "anika@example.org", password: "correct horse battery staple" };

let web: RealWeb;
beforeAll(async () => {
  web = await openRealWeb();
  const { page, context } = await web.open();
  await claimServer(page, web.server.setupUrl, owner);
  await context.close();
});
afterAll(() => web[Symbol.asyncDispose]());

async function makeMember(name: string, email: string): Promise<Person> {
  const words = ["users", "create", "--name", name, "--email", email, "--data", web.server.dataFolder, "--json"];
  const { code, stdout, stderr } = await runProgram(words);
  if (code !== 0) throw new Error(stderr);
  return { name, email, password: (JSON.parse(stdout) as { password: string }).password };
}

test("a member made by a command while the server runs signs in, and nobody sees the chats of another", async () => {
  const ownersPage = (await web.openAs(owner)).page;
  await ownersPage.goto(web.server.url);
  await ask(ownersPage, "The owner's question: how are you?");
  await answerEnds(ownersPage);

  const member = await makeMember("Rahim", "rahim@example.org");
  const { page } = await web.open();
  await page.goto(ownersPage.url());
  await signIn(page, member);
  await page.getByText("This chat does not exist or is not shared with you.").first().waitFor();
  expect(await page.getByText(/owner's question/).count()).toBe(0);
  await page.getByRole("link", { name: "New chat" }).click();
  await page.getByText("Hello, Rahim").waitFor();
  await page.getByText("Your chats will be listed here.").waitFor();
  await ask(page, "The member's question: how are you?");
  await answerEnds(page);
  await page.getByRole("link", { name: /^The member's question/ }).waitFor();

  await ownersPage.reload();
  await ownersPage.getByRole("link", { name: /^The owner's question/ }).waitFor();
  expect(await ownersPage.getByText(/member's question/).count()).toBe(0);
  await ownersPage.goto(page.url());
  await ownersPage.getByText("This chat does not exist or is not shared with you.").first().waitFor();
  await page.context().close();
  await ownersPage.context().close();
});

test("a colleague comes in by a link from the settings, is helped with a forgotten password, and is out when removed", async () => {
  const ownersPage = (await web.openAs(owner)).page;
  await ownersPage.goto(`${web.server.url}/settings/people`);
  await ownersPage.getByRole("button", { name: "Invite" }).click();
  await ownersPage.getByLabel("For whom").fill("Nasima from accounts");
  await ownersPage.getByRole("button", { name: "Make link" }).click();
  await ownersPage.getByText("Only this machine can open this link").waitFor();
  const invitation = (await ownersPage.getByText(/\/invite#token=/).textContent()) ?? "";
  await ownersPage.getByRole("button", { name: "I have copied it" }).click();

  const { page, context } = await web.open();
  await page.goto(invitation);
  await page.getByText("Anika invites you (Member).").waitFor();
  await page.getByLabel("Your name").fill("Nasima");
  await page.getByLabel("Email").fill("nasima@example.org");
  await page.getByLabel("Password").fill("seven green bicycles");
  await page.getByRole("button", { name: "Create account" }).click();
  await page.getByRole("button", { name: "Continue" }).waitFor();

  await ownersPage.reload();
  await ownersPage.getByText("accepted by Nasima").waitFor();
  await ownersPage.getByRole("link", { name: /^Nasima/ }).click();
  await ownersPage.getByRole("button", { name: "Make a reset link" }).click();
  await page.goto((await ownersPage.getByText(/\/reset#token=/).textContent()) ?? "");
  await page.getByLabel("New password").fill("eight yellow bicycles");
  await page.getByRole("button", { name: "Set the password" }).click();
  await page.getByRole("link", { name: "Go to sign in" }).click();
  await signIn(page, { name: "Nasima", email: "nasima@example.org", password: "eight yellow bicycles" });
  await page.getByText("Hello, Nasima").waitFor();

  await ownersPage.getByRole("button", { name: "Remove" }).click();
  await ownersPage.getByRole("dialog").getByRole("textbox").fill("Nasima");
  await ownersPage.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
  await ownersPage.getByText("Nasima was removed.").waitFor();
  await page.reload();
  await page.getByRole("button", { name: "Sign in" }).waitFor();
  expect(new URL(page.url()).pathname).toBe("/sign-in");
  await page.goto(invitation);
  await page.getByText("This invitation has been used").waitFor();
  await context.close();
  await ownersPage.context().close();
});

test("an API key is shown once, answers a program, shows its last use, and is refused as soon as it is revoked", async () => {
  const { page, context } = await web.openAs(owner);
  await page.goto(`${web.server.url}/settings/api-keys`);
  await page.getByLabel("Name").fill("Report");
  await page.getByRole("button", { name: "Create key" }).click();
  await page.getByText("It is shown only this once.").waitFor();
  const secret = (await page.getByText(/^sk-shobar-[\w-]{30,}$/).textContent()) ?? "";
  await page.getByText("Never", { exact: true }).waitFor();
  await page.getByRole("button", { name: "I have copied it" }).click();
  await page.reload();
  await page.getByText("Report", { exact: true }).waitFor();
  expect(await page.content()).not.toContain(secret);

  const answer = await complete(page, secret);
  expect(answer.status).toBe(200);
  const body = (await answer.json()) as { choices: { message: { content: string } }[] };
  expect(body.choices[0]?.message.content.trim()).not.toBe("");

  await page.reload();
  await page.getByText("Report", { exact: true }).waitFor();
  await page.getByText("Never", { exact: true }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Revoke Report" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("Report");
  await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
  await page.getByText("Key revoked.").waitFor();
  expect((await complete(page, secret)).status).toBe(401);
  await page.getByText("You have no API keys yet.").waitFor();
  await context.close();
});

/** As a program asks that was given the address on the page and the key. */
async function complete(page: Page, secret: string): Promise<Response> {
  const address = await page.getByText(/^http:.*\/v1$/).textContent();
  const models = await fetch(`${address}/models`, { headers: { authorization: `Bearer ${secret}` } });
  if (models.status !== 200) return models;
  const { data } = (await models.json()) as { data: { id: string }[] };
  return await fetch(`${address}/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${secret}`, "content-type": "application/json" },
    body: JSON.stringify({ model: data[0]?.id, messages: [{ role: "user", content: "Hello" }], max_tokens: 8 }),
  });
}

test("signing in, asking, stopping, theme, language and the way back need no mouse", async () => {
  const member = await makeMember("Mina", "mina@example.org");
  const { page, context } = await web.open({ colorScheme: "light" });
  const { keyboard } = page;
  await page.goto(web.server.url);
  await tabTo(page, /^Email/);
  await keyboard.type(member.email);
  await tabTo(page, /^Password/);
  await keyboard.type(member.password);
  await keyboard.press("Enter");

  await page.getByText("Hello, Mina").waitFor();
  await tabTo(page, /^Message/);
  await keyboard.type(longQuestion);
  await keyboard.press("Enter");
  await answerGrows(page, 10);
  await tabTo(page, /^Stop/);
  await keyboard.press("Enter");
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  const chatUrl = page.url();

  await tabTo(page, /^Settings$/);
  await keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await tabTo(page, /^Appearance$/);
  await keyboard.press("Enter");
  await page.getByRole("radio", { name: "As the system says" }).waitFor();
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const light = await background();
  await tabTo(page, /^As the system says$/);
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowRight");
  await expect.poll(() => page.getByRole("radio", { name: "Dark" }).isChecked()).toBe(true);
  await expect.poll(background).not.toBe(light);
  await tabTo(page, /^As the browser says$/);
  await keyboard.press("ArrowRight");
  await keyboard.press("ArrowRight");
  await page.getByRole("heading", { level: 1, name: "সেটিংস" }).waitFor();
  await expect.poll(() => page.evaluate(() => document.documentElement.lang)).toBe("bn");

  await tabTo(page, /^Write a long story/);
  await keyboard.press("Enter");
  await page.waitForURL(chatUrl);
  await page.getByRole("textbox", { name: "বার্তা" }).waitFor();
  // The choice belongs to the member, not to the browser.
  const elsewhere = await web.openAs(member);
  await elsewhere.page.goto(web.server.url);
  await elsewhere.page.getByText("স্বাগতম, Mina").waitFor();
  await expect.poll(() => elsewhere.page.evaluate(() => document.documentElement.lang)).toBe("bn");
  await elsewhere.context.close();
  await context.close();
});

test("no page asked for anything elsewhere, and nothing was reported in its console", () => {
  expect(web.requestCount()).toBeGreaterThan(100);
  expect(web.foreignRequests).toEqual([]);
  // Chromium prints the status of every refused call: others' chats are not there, a link works once, a removed person is out.
  const refused = /^\/api\/chats\/[\w/-]+: .* 404 |^\/api\/invitations\/look: .* 410 |^\/api\/[\w/]+: .* 401 /;
  expect(web.problems.filter((problem) => !refused.test(problem))).toEqual([]);
});
