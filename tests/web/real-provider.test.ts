// A service outside at the real server, from its address and key to an answer, a stop, and a removal that was a slip.
import { afterAll, beforeAll, expect, test } from "vitest";
import { chunk, type FakeProvider, openStream, sayThrough, startFakeProvider } from "../support/fake-provider.ts";
import { answerEnds, ask, openRealWeb, type RealWeb, storedAnswer } from "./real-web.ts";

const ana = { name: "Ana", email: "ana@example.org", password: "correct horse battery staple" };
const key = "sk-live-0123456789abcdef";

let web: RealWeb;
let outside: FakeProvider;
beforeAll(async () => {
  [web, outside] = await Promise.all([openRealWeb(), startFakeProvider()]);
  outside.key = key;
});
afterAll(async () => {
  await Promise.all([web[Symbol.asyncDispose](), outside[Symbol.asyncDispose]()]);
});

test("a service is tried and added, answers by its name, is stopped at once, and comes back with its key after a slip", async () => {
  const { page } = await web.openAs(ana);
  await page.goto(`${web.server.url}/models`);
  await page.getByText("A service outside, with an address and a key").click();
  await page.getByRole("radio", { name: "Another server" }).click();
  await page.getByLabel("Address", { exact: true }).fill(outside.baseUrl);
  await page.getByLabel("Name", { exact: true }).fill("Office GPU");
  const keyField = page.getByLabel("Key, if it wants one");
  await keyField.fill("sk-wrong");
  await keyField.press("Enter");
  await page.getByText("It does not work yet. Nothing was stored.").waitFor();
  await page.getByText("Office GPU refused the key").waitFor();
  await keyField.fill(key);
  await keyField.press("Enter");
  await page.getByText("Office GPU answers and takes the key.").waitFor();
  await page.getByRole("checkbox", { name: "big" }).press("Space");
  await page.getByRole("button", { name: "Use these models" }).click();
  await page.getByText("Office GPU can be chosen now.").waitFor();
  await page.getByText("Key ends with cdef").waitFor();
  expect(await page.content()).not.toContain(key);

  await page.goto(web.server.url);
  await page.getByRole("combobox", { name: /^Model/ }).click();
  await page.getByRole("option", { name: /^big/ }).click();
  await page.getByText("Goes to Office GPU, outside your organisation.").waitFor();
  await ask(page, "Hello");
  await page.getByText("Hello from outside.", { exact: true }).waitFor();
  await page.getByText("Office GPU · big · Made by AI").waitFor();

  outside.answer = (response) => void openStream(response).write(chunk({ content: "Half an answer" }));
  await ask(page, "And then?");
  await page.getByText("Half an answer", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Stop" }).click();
  await outside.closed();
  await page.getByText("Stopped. What had arrived is kept.").waitFor();
  expect(await storedAnswer(page)).toMatchObject({ text: "Half an answer", run: { status: "stopped" } });
  const chat = page.url();

  await page.goto(`${web.server.url}/models`);
  const actions = page.getByRole("button", { name: "Actions for Office GPU", exact: true });
  await actions.click();
  await page.getByRole("menuitem", { name: "Remove" }).click();
  await page.getByText("Office GPU is removed.").waitFor();
  await actions.waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Undo" }).click();
  await actions.waitFor();
  outside.answer = (response) => sayThrough(response, ["Here", " again."]);
  await page.goto(chat);
  await ask(page, "Are you there?");
  await page.getByText("Here again.", { exact: true }).waitFor();
  await answerEnds(page, 3);
  expect(outside.requests.at(-1)?.headers.authorization).toBe(`Bearer ${key}`);
  expect(web.foreignRequests).toEqual([]);
  // The wrong key: Chromium prints the status of every refused call.
  expect(web.problems.filter((problem) => !problem.startsWith("/api/providers/test:"))).toEqual([]);
});
