import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeId } from "../../src/ui/make-id.ts";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-models-page-"));
});
afterAll(() => rm(folder, { recursive: true }));

const patient = { timeout: 30_000 };

const aFile = (bytes: number) => ({
  name: "Qwen3-4B-Q4_K_M.gguf",
  mimeType: "application/octet-stream",
  buffer: Buffer.alloc(bytes, 7),
});

test("an admin uses what was found and a file by its path, and is told why a wrong path is none", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/models");
  await page.getByRole("button", { name: "Add a model" }).click();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Add a model");
  await page.getByText("its architecture nomic-bert is not one that can chat here").waitFor();
  await page.getByText("has a folder here that the server may not read").waitFor();
  await page.getByRole("button", { name: "Use gemma3:4b" }).click();
  await page.getByRole("heading", { name: "gemma3:4b" }).waitFor();
  await page.getByRole("button", { name: "Use gemma3:4b" }).waitFor({ state: "detached" });

  await page.getByText("A file or folder on this machine").click();
  await page.getByText("/srv/shobar/data/models").waitFor();
  const path = page.getByLabel("Path on the server's machine");
  await path.fill("/home/anika/nothing.gguf");
  await page.getByRole("button", { name: "Use it" }).click();
  await page.getByText("There is no file or folder /home/anika/nothing.gguf on the server.").waitFor();
  expect(await path.inputValue()).toBe("/home/anika/nothing.gguf");
  await path.fill("/srv/named.gguf");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "A named model" }).waitFor();
  expect(await path.inputValue()).toBe("");
  expect(app.problems.filter((problem) => !problem.includes("422"))).toEqual([]);
});

test("a default is chosen, a model is no longer used until that is undone, and a file is deleted only after its name was typed", async () => {
  await using app = await openWebApp({ missingDefault: "gone-7b" });
  const { page, server } = app;
  await app.open("/models");
  const notice = page.getByText("gone-7b, is not here any more");
  await notice.waitFor();
  const menuOf = async (name: string, item: string) => {
    await page.getByRole("button", { name: `Actions for ${name}` }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  const row = page.locator("main li", { has: page.getByRole("heading", { name: "Qwen3 4B" }) });
  await row.getByRole("button", { name: "Make default" }).click();
  await page.getByText("Qwen3 4B answers where a chat names no model.").waitFor();
  await notice.waitFor({ state: "detached" });
  expect(server.state.models.filter(({ isDefault }) => isDefault).map(({ id }) => id)).toEqual(["qwen3-4b"]);
  await row.getByRole("button", { name: "Make default" }).waitFor({ state: "detached" });
  await menuOf("Gemma 3 12B", "Stop using it");
  await page.getByRole("heading", { name: "Gemma 3 12B" }).waitFor({ state: "detached" });
  await page.getByText("No longer used. Nothing was deleted.").waitFor();
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByRole("heading", { name: "Gemma 3 12B" }).waitFor();

  await menuOf("Qwen3 4B", "Delete the file");
  const confirm = page.getByRole("dialog").getByRole("button", { name: "Delete the file" });
  await page.getByLabel("Type “Qwen3 4B” to confirm").fill("Qwen3");
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel("Type “Qwen3 4B” to confirm").fill("Qwen3 4B");
  await confirm.click();
  await page.getByRole("heading", { name: "Qwen3 4B" }).waitFor({ state: "detached" });
  expect(app.problems).toEqual([]);
});

test("each model that fits says how fast it is, whether that was measured, and whether it is slow", async () => {
  await using app = await openWebApp();
  await app.open("/models");
  const row = (name: string) => app.page.locator("main li", { has: app.page.getByRole("heading", { name }) });
  await row("SmolLM2 135M Instruct").getByText("45 words a second, measured here").waitFor();
  await row("Qwen3 4B").getByText("At least about 5 words a second, estimated").waitFor();
  const slow = row("DeepSeek R1 Distill Llama 8B");
  await slow.getByText("Fits this machine: Yes, but slow, needs 5.8 GB").waitFor();
  await slow.getByText("About 3 words a second, estimated, slower than people read").waitFor();
  expect(await row("Gemma 3 12B").getByText("words a second").count()).toBe(0);
  await app.page.getByText("About 3 words a second, estimated, slower than people read").nth(1).waitFor();
  expect(app.problems).toEqual([]);
});

test("a member sees the models and where they are, and nothing to press", async () => {
  await using app = await openWebApp({ role: "member" });
  const { page } = app;
  await app.open("/models");
  await page.getByText("Comes with Shobar").waitFor();
  expect(
    await page
      .getByRole("main")
      .getByRole("button", { name: /Add a model|Load now|Actions for/ })
      .count(),
  ).toBe(0);
  await app.open("/welcome");
  await page.getByRole("button", { name: "Continue" }).click();
  await page.getByRole("link", { name: "Start chatting" }).waitFor();
  expect(await page.getByText("Upload a file").count()).toBe(0);
});

test("an upload goes on by itself after a lost connection and a full disk, while other pages are looked at", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  await app.open("/models");
  await page.getByText("Upload a file", { exact: true }).click();
  await page.getByText("48 GB is free for it").waitFor();
  server.state.offline = true;
  await page.locator("input[type=file]").setInputFiles(aFile(5_000_000));
  await page.getByText("It goes on by itself when it is back.").waitFor();
  server.state.full = ["/api/models/uploads/:uploadId/bytes"];
  server.state.offline = false;
  await page.getByText("The server's disk is full. What has arrived is kept").waitFor();
  server.state.failing = server.state.full;
  server.state.full = [];
  await page.getByRole("link", { name: "Settings" }).click();
  await page.getByRole("heading", { name: "Profile" }).waitFor();
  server.state.failing = [];
  await expect.poll(() => server.state.models.some(({ name }) => name === "Qwen3-4B-Q4_K_M.gguf"), patient).toBe(true);
  await page.getByRole("link", { name: "Models" }).click();
  await page.getByRole("heading", { name: "Qwen3-4B-Q4_K_M.gguf" }).waitFor();
});

test("an upload that a reload cut goes on where it stopped once the same file is chosen again", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  const path = join(folder, "half.gguf");
  await writeFile(path, Buffer.alloc(4_000_000, 7));
  await utimes(path, 1_000, 1_000);
  const half = {
    id: makeId(),
    fileName: "half.gguf",
    sizeBytes: 4_000_000,
    modifiedAt: 1_000_000,
    receivedBytes: 3_000_000,
  };
  server.state.uploads = [...server.state.uploads, { ...half, createdAt: 0 }];
  await app.open("/models");
  await page.getByText("Upload a file", { exact: true }).click();
  const unfinished = page.getByText("Not finished. Choose the same file again");
  await unfinished.waitFor();
  await page.locator("input[type=file]").setInputFiles(path);
  await page.getByText("is here and can be used.").waitFor();
  await page.getByText("Checksum (SHA-256)").waitFor();
  expect(server.requests.find((request) => request.includes("/bytes"))).toContain("offset=3000000");
  await page.getByRole("button", { name: "Discard the upload of Qwen3-8B-Instruct-Q4_K_M.gguf" }).click();
  await unfinished.waitFor({ state: "detached" });
  expect(server.state.uploads).toEqual([]);
});

test("each step of the welcome gets the focus, and a model chosen there is the default", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  await app.open("/welcome");
  const focused = () => page.evaluate(() => document.activeElement?.textContent);
  await expect.poll(focused, patient).toBe("Your language");
  await page.getByRole("button", { name: "Continue" }).click();
  await expect.poll(focused, patient).toBe("Your model");
  const answersElsewhere = page.getByRole("radio", { name: /At DeepSeek, outside your organisation/ });
  expect(await answersElsewhere.count()).toBeGreaterThan(0);
  await page
    .getByRole("radio", { name: /Gemma 3 12B.*Fits this machine: No, needs 9.1 GB and 6.2 GB is free/ })
    .waitFor();
  await page.getByRole("radio", { name: /DeepSeek R1.*Fits this machine: Yes/ }).click();
  const defaults = () => server.state.models.filter(({ isDefault }) => isDefault).map(({ id }) => id);
  await expect.poll(defaults, patient).toEqual(["deepseek-r1-distill-llama-8b"]);
  await page.getByText("Found on this machine, not used yet").click();
  await page.getByRole("button", { name: "Use gemma3:4b" }).click();
  await expect.poll(defaults, patient).toEqual(["gemma3-4b"]);
  await page.getByRole("link", { name: "Start chatting" }).click();
  await page.getByText("Hello, Anika Rahman").waitFor();
  expect(app.problems).toEqual([]);
});
