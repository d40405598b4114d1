// Adding a service outside in the browser, what a person reads before a question leaves, and how to get rid of it again.
import { expect, test } from "vitest";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

test("a service is tried with its key, its models are picked, and only then it is there", async () => {
  await using app = await openWebApp({}, { viewport: { width: 1280, height: 1000 } });
  const { page, server } = app;
  server.state.providers = [];
  await app.open("/models");
  await page.getByText("A service outside, with an address and a key").click();
  const tryIt = page.getByRole("button", { name: "Test", exact: true });
  await page.getByRole("radio", { name: "DeepSeek" }).click();
  expect(await tryIt.isDisabled()).toBe(true);
  const key = page.getByLabel("Key", { exact: true });
  expect(await key.getAttribute("type")).toBe("password");
  expect(await page.getByRole("link", { name: "Get a key from DeepSeek" }).getAttribute("rel")).toBe("noreferrer");
  await key.fill("wrong");
  await key.press("Enter");
  await page.getByText("It does not work yet. Nothing was stored.").waitFor();
  await page.getByText("DeepSeek refused the key (in its words: “Incorrect API key”).").waitFor();
  await key.fill("right");
  await tryIt.press("Enter");
  await page.getByText("DeepSeek answers and takes the key.").waitFor();
  const use = page.getByRole("button", { name: "Use these models" });
  expect(await use.isDisabled()).toBe(true);
  // What the service says of a model, and what it does not say.
  const row = (name: string) => page.getByRole("listitem").filter({ has: page.getByRole("checkbox", { name }) });
  const unknown = "Languages unknownLicence unknown";
  expect(await row("DeepSeek V3").textContent()).toBe(
    `DeepSeek V3deepseek-chat${unknown}128k tokensAnswers at DeepSeek`,
  );
  await page.getByLabel("Find among 14 models").fill("reasoner");
  const reasoner = page.getByRole("checkbox", { name: "deepseek-reasoner", exact: true });
  expect(await row("deepseek-reasoner").textContent()).toBe(`deepseek-reasoner${unknown}Answers at DeepSeek`);
  await reasoner.press("Space");
  await page.getByText("go to DeepSeek, outside your organisation.").waitFor();
  await use.press("Enter");
  await page.getByText("DeepSeek can be chosen now.").waitFor();
  await page.getByText("Key ends with c592").waitFor();
  expect(server.state.providers).toHaveLength(1);
  expect(await key.inputValue()).toBe("");
  expect(app.foreignRequests).toEqual([]);
  expect(app.problems).toEqual([]);
});

test("another key or address has to be tried anew, and a service without a list takes names", async () => {
  await using app = await openWebApp({}, { viewport: { width: 1280, height: 1000 } });
  const { page, server } = app;
  await app.open("/models");
  await page.getByText("A service outside, with an address and a key").click();
  await page.getByRole("radio", { name: "Another server" }).click();
  await page.getByLabel("Address").fill("http://192.168.1.20:8000");
  const tryIt = page.getByRole("button", { name: "Test", exact: true });
  await tryIt.click();
  await page.getByText("It has no list of models.").waitFor();
  await page.getByLabel("Address").fill("http://192.168.1.21:8000");
  await page.getByText("It has no list of models.").waitFor({ state: "detached" });
  await tryIt.click();
  await page.getByLabel("Models", { exact: true }).fill("one, two");
  await page.getByRole("button", { name: "Use these models" }).click();
  await page.getByText("can be chosen now.").waitFor();
  expect(server.state.providers).toHaveLength(3);
});

test("a service is turned off and on, gets another key, and is removed until that is undone", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  await app.open("/models");
  const choose = async (action: string) => {
    await page.getByRole("button", { name: "Actions for DeepSeek", exact: true }).click();
    await page.getByRole("menuitem", { name: action }).click();
  };
  await choose("Turn off");
  await page.getByText("DeepSeek is off; what it was answering has ended.").waitFor();
  expect(server.state.providers[0]?.isDisabled).toBe(true);
  await choose("Turn on");
  await page.getByText("DeepSeek is on.").waitFor();
  await choose("Change the key");
  const dialog = page.getByRole("dialog", { name: "New key for DeepSeek" });
  await dialog.getByLabel("Key").fill("next");
  await dialog.getByRole("button", { name: "Save" }).click();
  await page.getByText("The new key is in use.").waitFor();
  await choose("Remove");
  await page.getByText("DeepSeek is removed.").waitFor();
  expect(server.state.providers.map(({ name }) => name)).toEqual(["Office GPU"]);
  await page.getByRole("button", { name: "Actions for DeepSeek", exact: true }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).last().click();
  await page.getByRole("button", { name: "Actions for DeepSeek", exact: true }).waitFor();
  expect(server.state.providers.map(({ name }) => name)).toEqual(["DeepSeek", "Office GPU"]);
  expect(app.problems).toEqual([]);
});

test("before a question leaves, the message box says so; the answer says who made it", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/");
  await page.getByRole("combobox", { name: /^Model/ }).click();
  await page.getByRole("option", { name: /deepseek-chat/ }).click();
  await page.getByText("Goes to DeepSeek, outside your organisation.").waitFor();
  await page.getByRole("combobox", { name: /^Model/ }).click();
  await page.getByRole("option", { name: /SmolLM2/ }).click();
  await page.getByText("Goes to DeepSeek, outside your organisation.").waitFor({ state: "detached" });
  await page.getByRole("textbox").fill("Hello");
  await page.getByRole("textbox").press("Enter");
  await page.getByText("here · SmolLM2 135M Instruct · Made by AI").waitFor();
  expect(app.problems).toEqual([]);
});

test("members are not shown what only an admin may do", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  server.state.me = server.state.me && { ...server.state.me, role: "member" };
  await app.open("/models");
  await page.getByRole("heading", { name: "SmolLM2 135M Instruct" }).waitFor();
  expect(await page.getByRole("button", { name: "Test", exact: true }).count()).toBe(0);
  expect(server.requests.filter((path) => path.startsWith("/api/providers"))).toEqual([]);
});
