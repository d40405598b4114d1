// A model file on its way from a browser to the real server: cut in the middle, gone on with, used; and what is no model.
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { answerEnds, answerWithinMs, ask, openRealWeb, type RealWeb } from "./real-web.ts";

// Under another file name the starter model is one more model, called as its header says.
const nameInFile = "Smollm2 135M 8k Lc100K Mix1 Ep2";
const starter = join(import.meta.dirname, "../../models/SmolLM2-135M-Instruct.Q4_1.gguf");
const ana = { name: "Ana", email: "ana@example.org", password: "correct horse battery staple" };

let web: RealWeb;
let folder: string;
beforeAll(async () => {
  web = await openRealWeb();
  folder = await mkdtemp(join(tmpdir(), "shobar-uploads-"));
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function openUpload(page: Page): Promise<void> {
  await page.goto(`${web.server.url}/models`);
  await page.getByText("Upload a file", { exact: true }).click();
  await page.getByText("is free for it").waitFor();
}

const received = (page: Page) =>
  page.evaluate(async () => {
    const { items } = (await (await fetch("/api/models/uploads")).json()) as { items: { receivedBytes: number }[] };
    return items.map(({ receivedBytes }) => receivedBytes);
  });

test("an upload that loses its connection and then its server goes on by itself, and the model answers", async () => {
  const { page, context } = await web.openAs(ana);
  const file = join(folder, "office-helper.gguf");
  const bytes = await readFile(starter);
  await writeFile(file, bytes);
  await openUpload(page);
  // The third piece gets no further than the network.
  let pieces = 0;
  const cut = Promise.withResolvers<void>();
  await context.route("**/api/models/uploads/*/bytes?*", async (route) => {
    pieces += 1;
    if (pieces < 3) return route.continue();
    cut.resolve();
    await route.abort("connectionreset");
  });
  await page.locator("input[type=file]").setInputFiles(file);
  await cut.promise;
  await page.getByText("It goes on by itself when it is back.").waitFor();
  const [before = 0] = await received(page);
  expect(before).toBeGreaterThan(0);
  expect(before).toBeLessThan(bytes.length);
  await web.kill();
  await context.unroute("**/api/models/uploads/*/bytes?*");
  await web.restart();
  await page.getByText(`${nameInFile} is here and can be used.`).waitFor({ timeout: answerWithinMs });
  await page.getByText("b179c9523d0e6a0f").waitFor();
  const kept = join(web.server.dataFolder, "models/office-helper.gguf");
  expect((await readFile(kept)).equals(bytes)).toBe(true);

  await page.goto(web.server.url);
  await page.getByRole("combobox").click();
  await page.getByRole("option", { name: nameInFile }).click();
  await ask(page, "Say hello.");
  await answerEnds(page);
  await page.goto(`${web.server.url}/models`);
  await page.getByText("words a second, measured here").waitFor();
});

test("a file that is no model is refused with its first piece, and nothing of it stays", async () => {
  const { page, context } = await web.openAs(ana);
  const file = join(folder, "holiday.gguf");
  // Only what has arrived as a whole is to be finished.
  const finished: string[] = [];
  context.on("request", (request) => void (request.url().endsWith("/finish") && finished.push(request.url())));
  await writeFile(file, randomBytes(3_000_000));
  await openUpload(page);
  await page.locator("input[type=file]").setInputFiles(file);
  await page.getByRole("alert").getByText("holiday").first().waitFor();
  await expect.poll(() => received(page)).toEqual([]);
  expect(finished).toEqual([]);
  expect(await page.getByRole("heading", { name: /holiday/ }).count()).toBe(0);
});
