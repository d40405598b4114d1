import { expect, test } from "vitest";
import { openWebAppsInOneBrowser } from "../support/open-web-app.ts";

const openWebApp = openWebAppsInOneBrowser();

const patient = { timeout: 30_000 };

test("an admin searches the catalogue by words, language and purpose, sees what fits, and downloads one", async () => {
  await using app = await openWebApp();
  const { page, server } = app;
  await app.open("/models");
  await page.getByText("Find a model", { exact: true }).click();
  await page.getByText("can be downloaded from huggingface.co").waitFor();
  await page.getByRole("button", { name: /^Show all \d+$/ }).waitFor();
  await page.getByLabel("Search the catalogue").fill("qwen3");
  await page.getByRole("combobox", { name: "Languages" }).click();
  await page.getByRole("option", { name: "Bangla" }).click();
  await page.getByRole("combobox", { name: "Good for" }).click();
  await page.getByRole("option", { name: "code" }).click();
  const found = page.locator("main details li");
  await expect
    .poll(() => found.getByRole("heading").allTextContents(), patient)
    .toEqual(["Qwen3 8B", "Qwen3 14B", "Qwen3 Coder 30B-A3B", "Qwen3 30B-A3B Instruct 2507"]);
  await page.getByRole("combobox", { name: "Good for" }).click();
  await page.getByRole("option", { name: "everyday questions" }).click();
  const row = found.filter({ has: page.getByRole("heading", { name: "Qwen3 4B", exact: true }) });
  await row.getByText("Good for everyday questions, thinking before it answers, and many languages").waitFor();
  await row.getByText("English, Chinese, Bangla and 31 more").waitFor();
  await row.getByText("Licence Apache-2.0").waitFor();
  await row.getByText(/Yes, needs 5\.\d GB/).waitFor();
  await row.getByText(/words a second, estimated/).waitFor();
  await row.getByRole("button", { name: "Download Qwen3 4B" }).click();
  await page.getByText("Qwen3-4B-Q4_K_M.gguf is being downloaded.").waitFor();
  await row.getByText("Being downloaded").waitFor();
  expect(server.state.downloads.map(({ fileName }) => fileName)).toEqual(["Qwen3-4B-Q4_K_M.gguf"]);
  await page.getByLabel("Search the catalogue").fill("gemma 1b");
  await page.getByRole("combobox", { name: "Languages" }).click();
  await page.getByRole("option", { name: "Any language" }).click();
  await found.getByText("Is here").waitFor();
  await page.getByLabel("Search the catalogue").fill("nothing like that");
  await page.getByText("The catalogue has nothing like that.").waitFor();
  expect(app.problems).toEqual([]);
});

test("each download says how far it is, how fast and how long still, and what can be done with it is one press", async () => {
  await using app = await openWebApp({ hasDownloads: true });
  const { page, server } = app;
  await app.open("/models");
  const row = (name: string) => page.locator("main li", { has: page.getByRole("heading", { name }) });
  await row("Qwen3-8B").getByText("2.3 GB of 5 GB (46%), 12 MB a second, about 4 min left").waitFor();
  await row("gemma-3-4b").getByText("The file is being checked.").waitFor();
  await row("Mistral-Nemo").getByText("huggingface.co cannot be reached: nothing listens there.").waitFor();
  await row("Mistral-Nemo").getByText("1.2 GB that had arrived is kept.").waitFor();
  await row("Llama-3.2-1B").getByText("It is here and can be used.").waitFor();
  await page.getByRole("button", { name: "Pause the download of Qwen3-8B" }).click();
  await row("Qwen3-8B").getByText("Paused. 2.3 GB of 5 GB (46%)").waitFor();
  await page.getByRole("button", { name: "Continue the download of SmolLM3" }).click();
  await row("SmolLM3").getByText("12 MB a second").waitFor();
  await page.getByRole("button", { name: "Try again to download Mistral-Nemo" }).click();
  await row("Mistral-Nemo").getByText("12 MB a second").waitFor();
  await page.getByRole("button", { name: "Discard the download of Qwen3-8B" }).click();
  await row("Qwen3-8B").waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Close the note on Llama-3.2-1B" }).click();
  await row("Llama-3.2-1B").waitFor({ state: "detached" });
  expect(server.state.downloads).toHaveLength(3);
  expect(app.problems).toEqual([]);
});

test("a repository or an address is typed; what cannot be reached or read is said where it was typed, and the text stays", async () => {
  await using app = await openWebApp();
  const { page } = app;
  await app.open("/models");
  await page.getByText("Find a model", { exact: true }).click();
  const source = page.getByLabel("Another model, by its repository or address");
  const form = page.locator("main form", { has: source });
  await source.fill("offline/model-GGUF");
  await form.getByRole("button", { name: "Download" }).click();
  await form.getByRole("alert").getByText("huggingface.co cannot be reached: nothing listens there.").waitFor();
  expect(await source.inputValue()).toBe("offline/model-GGUF");
  await source.fill("nonsense");
  await page.keyboard.press("Enter");
  await form.getByRole("alert").getByText("nonsense names no model.").waitFor();
  await source.fill("ana/another-GGUF");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Another-Q4_K_M.gguf" }).waitFor();
  await expect.poll(() => source.inputValue()).toBe("");
  expect(app.problems.filter((problem) => !/40[0-9]|502/.test(problem))).toEqual([]);
});

test("a member sees no downloads and no catalogue", async () => {
  await using app = await openWebApp({ role: "member", hasDownloads: true });
  const { page } = app;
  await app.open("/models");
  await page.getByText("Comes with Shobar").waitFor();
  expect(await page.getByText("Find a model").count()).toBe(0);
  expect(await page.getByRole("heading", { name: "Downloads" }).count()).toBe(0);
});
