// Models of this machine by the command line, with a server and without one, and the starter answering from where another
// program keeps it.
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { aModelFile, buildModelFile } from "../support/build-model-file.ts";
import { put, putOllamaModel } from "../support/build-model-stores.ts";
import { startTestServer } from "../support/start-test-server.ts";
import { runProgram } from "./run-program.ts";

const starter = join(import.meta.dirname, "../../models/SmolLM2-135M-Instruct.Q4_1.gguf");
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "shobar-models-"));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

async function run(data: string, ...words: string[]) {
  const environment = {
    HOME: home,
    OLLAMA_MODELS: join(home, "ollama"),
    HF_HOME: join(home, "hf"),
    XDG_CACHE_HOME: home,
  };
  return runProgram([...words, "--data", data, "--no-starter"], { environment });
}

async function say(data: string, ...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await run(data, ...words);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return stdout;
}

test("a model that Ollama holds is found, used where it lies, and answers", async () => {
  const data = join(home, "data");
  await putOllamaModel(join(home, "ollama"), "registry.ollama.ai/library/smollm2/135m", [
    { kind: "model", bytes: readFileSync(starter) },
  ]);
  expect(await say(data, "models", "found")).toMatch(/Ollama +smollm2:135m +98 MB/);
  expect(await say(data, "models", "add", "smollm2:135m")).toBe("Used where it lies: smollm2-135m\n");
  expect(await say(data, "models", "found")).toContain("hold no models here that are not used already");
  const list = await say(data, "models", "list");
  expect(list).toMatch(/smollm2-135m \(default\) +smollm2:135m +98 MB .* Ollama: .*blobs\/sha256-b179c9/);
  expect((await say(data, "ask", "Say hello.")).length).toBeGreaterThan(3);
  await say(data, "models", "remove", "smollm2-135m");
  expect(await say(data, "models", "list")).toContain("There are no models.");
  expect(await say(data, "models", "found")).toContain("smollm2:135m");
});

test("what can be fetched is searched in the catalogue, without a connection", async () => {
  const data = join(home, "searched");
  const found = await say(data, "models", "search", "qwen3 4b", "--language", "bn");
  expect(found).toMatch(/^qwen3-4b +Qwen +2\.5 GB +\d.* GB.* en zh bn hi \+\d+ +Apache-2\.0 +everyday/m);
  expect(found).toContain("models pull ID");
  expect(found).not.toContain("gemma");
  expect(await say(data, "models", "search", "nothing of the kind")).toContain(
    "Nothing in the catalogue is like that.",
  );
  const { models } = JSON.parse(await say(data, "models", "search", "--for", "code", "--json")) as {
    models: { id: string; memory: { fits: boolean }; modelId: string | null }[];
  };
  expect(models.map(({ id }) => id)).toContain("gpt-oss-20b");
  expect(models.every(({ memory, modelId }) => typeof memory.fits === "boolean" && modelId === null)).toBe(true);
  const wrong = await run(data, "models", "search", "--for", "dancing");
  expect(wrong.code).not.toBe(0);
  expect(wrong.stderr).toContain("--for takes one of: everyday, thinking");
});

test("how fast a model answers is measured with its answers, kept, and said of others by their size", async () => {
  const data = join(home, "measured");
  await put(join(data, "models/tiny.gguf"), buildModelFile(aModelFile()));
  await put(join(data, "models/smollm2.gguf"), readFileSync(starter));
  const speeds = async () => {
    const { models } = JSON.parse(await say(data, "models", "list", "--json")) as {
      models: { id: string; speed: { basis: string; tokensPerSecond: number } | null }[];
    };
    return Object.fromEntries(models.map(({ id, speed }) => [id, speed]));
  };
  {
    await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
    expect(await speeds()).toEqual({ tiny: null, smollm2: null });
    const headers = { ...(await server.claim()), "content-type": "application/json" };
    const messages = [{ role: "user", content: "Tell me about the sea and the moon." }];
    const body = JSON.stringify({ model: "smollm2", messages, max_tokens: 40 });
    await (await fetch(`${server.url}/v1/chat/completions`, { method: "POST", headers, body })).text();
    await expect.poll(speeds).toMatchObject({ tiny: { basis: "estimated" }, smollm2: { basis: "measured" } });
    const { smollm2, tiny } = await speeds();
    expect(smollm2?.tokensPerSecond).toBeGreaterThan(0.1);
    expect(tiny?.tokensPerSecond).toBeGreaterThan(smollm2?.tokensPerSecond ?? 0);
    await server.stop();
  }
  expect(await say(data, "models", "list")).toMatch(/smollm2 .* words\/s/);
});

test("beside a running server, files and folders are used, chosen and forgotten at once", async () => {
  const data = join(home, "served");
  await using server = await startTestServer({ dataFolder: data, flags: ["--no-starter"] });
  await put(join(home, "shelf/a.gguf"), buildModelFile(aModelFile()));
  await put(join(home, "shelf/b.gguf"), buildModelFile(aModelFile()));
  await put(join(home, "c.gguf"), buildModelFile(aModelFile()));
  expect(await say(data, "models", "add", join(home, "shelf"))).toContain("a, b");
  expect(await say(data, "models", "add", join(home, "c.gguf"))).toContain("c");
  expect(await say(data, "models", "default", "b")).toContain("Tiny answers");
  const headers = await server.claim();
  const listed = (await (await fetch(`${server.url}/api/models`, { headers })).json()) as {
    items: { id: string; isDefault: boolean; place: unknown }[];
  };
  expect(listed.items.filter(({ isDefault }) => isDefault)).toMatchObject([
    { id: "b", place: { kind: "folder", path: join(home, "shelf/b.gguf") } },
  ]);
  expect(await say(data, "models", "remove", join(home, "shelf"))).toContain("No longer used: a, b.");
  const after = JSON.parse(await say(data, "models", "list", "--json")) as {
    models: { id: string }[];
    missingDefault: string;
  };
  expect(after).toMatchObject({ models: [{ id: "c", isDefault: true }], missingDefault: "b" });
  await say(data, "models", "default", "--automatic");
  expect(JSON.parse(await say(data, "models", "list", "--json"))).toMatchObject({ missingDefault: null });
});

test("what cannot be used or removed is refused with a sentence", async () => {
  const data = join(home, "refused");
  mkdirSync(join(data, "models"), { recursive: true });
  await put(join(data, "models/own.gguf"), buildModelFile(aModelFile()));
  const refused = async (...words: string[]) => (await run(data, ...words)).stderr;
  expect(await refused("models", "add", "/nowhere/at/all.gguf")).toContain(
    "There is no file or folder /nowhere/at/all.gguf",
  );
  expect(await refused("models", "add", await put(join(home, "text.gguf"), "hello, I am a text file"))).toContain(
    "text.gguf cannot be used as a model: it is too short",
  );
  expect(await refused("models", "remove", "own")).toContain("is in a folder that this server always uses");
  expect(await refused("models", "remove", "unknown")).toContain("unknown is not here");
  expect(await refused("models", "default", "unknown")).toContain("unknown is not here");
  expect(await refused("models", "default")).toContain("--automatic");
});
