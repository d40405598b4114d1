// A model that is found in the browser and fetched by the real server from a host of its own: paused, killed, gone on with, used.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stallAfter, type StandInHost, startModelHost } from "../support/start-model-host.ts";
import { answerEnds, answerWithinMs, ask, openRealWeb, type RealWeb } from "./real-web.ts";

// Under another file name the starter model is one more model, called as its header says.
const nameInFile = "Smollm2 135M 8k Lc100K Mix1 Ep2";
const starter = join(import.meta.dirname, "../../models/SmolLM2-135M-Instruct.Q4_1.gguf");
const ana = { name: "Ana", email: "ana@example.org", password: "correct horse battery staple" };

let bytes: Buffer;
let host: StandInHost;
let web: RealWeb;
beforeAll(async () => {
  bytes = await readFile(starter);
  host = await startModelHost({ "ana/SmolLM2-GGUF/Office-Q4_1.gguf": bytes });
  web = await openRealWeb({ flags: ["--model-host", host.url] });
});
afterAll(async () => {
  await web[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
});

test("a model by its repository is paused, goes on after a kill of the server, and answers", async () => {
  const { page } = await web.openAs(ana);
  host.next.push(stallAfter(40_000_000));
  await page.goto(`${web.server.url}/models`);
  // Nothing was found on this machine, so that the catalogue is open already.
  await page.getByLabel("Search the catalogue").fill("0.6b");
  await page.getByRole("heading", { name: "Qwen3 0.6B" }).waitFor();
  const source = page.getByLabel("Another model, by its repository or address");
  await source.fill("ana/SmolLM2-GGUF");
  await source.press("Enter");
  const row = page.locator("main li", { has: page.getByRole("heading", { name: "Office-Q4_1.gguf" }) });
  await row.getByText(/^40 MB of 98 MB \(41%\)/).waitFor({ timeout: answerWithinMs });
  await row.getByRole("button", { name: /^Pause/ }).click();
  await row.getByText("Paused. ").waitFor();
  host.next.push(stallAfter(20_000_000));
  await row.getByRole("button", { name: /^Continue/ }).click();
  await row.getByText(/^60 MB of 98 MB/).waitFor({ timeout: answerWithinMs });
  await web.kill();
  await web.restart();
  await row.getByText("It is here and can be used.").waitFor({ timeout: answerWithinMs });
  expect(Number(/\d+/.exec(host.ranges().at(-1) ?? "0")?.[0])).toBeGreaterThan(30_000_000);
  const kept = await readFile(join(web.server.dataFolder, "models/Office-Q4_1.gguf"));
  expect(kept.equals(bytes)).toBe(true);
  await page.getByRole("heading", { name: nameInFile }).waitFor();

  await page.goto(web.server.url);
  await page.getByRole("combobox").click();
  await page.getByRole("option", { name: nameInFile }).click();
  await ask(page, "Say hello.");
  await answerEnds(page);
});

test("a host that is not there is one sentence where it was asked for", async () => {
  const { page } = await web.openAs(ana);
  await page.goto(`${web.server.url}/models`);
  const source = page.getByLabel("Another model, by its repository or address");
  await source.fill("http://127.0.0.1:1/model.gguf");
  await source.press("Enter");
  await page.getByRole("alert").getByText("Nothing here connects to 127.0.0.1:1").waitFor();
  await source.fill("ana/unknown-GGUF");
  await source.press("Enter");
  await page.getByRole("alert").getByText("has no ana/unknown-GGUF. Check how it is written.").waitFor();
  expect(await source.inputValue()).toBe("ana/unknown-GGUF");
});
