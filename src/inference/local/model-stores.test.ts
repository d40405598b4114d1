import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aModelFile, buildModelFile } from "../../../tests/support/build-model-file.ts";
import { put, putHubModel, putOllamaModel } from "../../../tests/support/build-model-stores.ts";
import { ollamaModelFile } from "./model-folder-ollama.ts";
import { findStoredModels } from "./model-stores.ts";

const model = { kind: "model", bytes: buildModelFile(aModelFile()) };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-stores-"));
});
afterEach(() => rm(folder, { recursive: true }));

const inOllama = async () => (await findStoredModels([{ name: "ollama", folder }])).models;
const namesIn = async (store: "ollama" | "lm-studio" | "hugging-face") =>
  (await findStoredModels([{ name: store, folder }])).models.map(({ name }) => name);

describe("Ollama's folder", () => {
  test("gives each tag the name by which Ollama lists it, and its blob as the file", async () => {
    await putOllamaModel(folder, "registry.ollama.ai/library/llama3.2/1b", [model, { kind: "license", bytes: "MIT" }]);
    await putOllamaModel(folder, "registry.ollama.ai/ana/mine/latest", [model]);
    await putOllamaModel(folder, "hf.co/ana/mine/Q4_K_M", [model]);
    const found = await inOllama();
    expect(found.map(({ name }) => name)).toEqual(["hf.co/ana/mine:Q4_K_M", "ana/mine:latest", "llama3.2:1b"]);
    for (const { path } of found) expect(await ollamaModelFile(path)).toMatch(/blobs\/sha256-[0-9a-f]{64}$/);
  });

  test.each([
    ["names no GGUF file", [{ kind: "tensor", bytes: "x" }], "not one GGUF file"],
    ["needs an adapter", [model, { kind: "adapter", bytes: "x" }], "adapter"],
  ])("a model that %s is refused with that reason", async (_, layers, reason) => {
    const path = await putOllamaModel(folder, "registry.ollama.ai/library/a/b", layers);
    await expect(ollamaModelFile(path)).rejects.toMatchObject({
      details: { file: "a:b" },
      message: expect.stringContaining(reason),
    });
  });

  test.each([
    ["no JSON", "{"],
    [
      "a digest that climbs out of the folder",
      JSON.stringify({
        layers: [{ mediaType: "application/vnd.ollama.image.model", digest: "sha256:../../etc/passwd" }],
      }),
    ],
    ["absurdly long", " ".repeat(1_000_001)],
  ])("a manifest that is %s is refused", async (_, text) => {
    const path = await put(join(folder, "manifests/registry.ollama.ai/library/a/b"), text);
    await expect(ollamaModelFile(path)).rejects.toMatchObject({ code: "model_file_invalid" });
  });
});

test("LM Studio's folder gives publisher, repository and file, without projectors and other files", async () => {
  await put(join(folder, "infra-ai/ocelot-v1/ocelot-v1-q4_0.gguf"), model.bytes);
  await put(join(folder, "infra-ai/ocelot-v1/mmproj-ocelot-f16.gguf"), model.bytes);
  await put(join(folder, "infra-ai/ocelot-v1/config.json"), "{}");
  expect(await namesIn("lm-studio")).toEqual(["infra-ai/ocelot-v1/ocelot-v1-q4_0.gguf"]);
});

describe("a Hugging Face cache", () => {
  test("gives each file once, from the latest download, also where it lies in a folder", async () => {
    const file = "Q4/tiny-q4.gguf";
    await putHubModel(folder, { repository: "ana/tiny-GGUF", file, commit: "old", bytes: model.bytes });
    const latest = await putHubModel(folder, { repository: "ana/tiny-GGUF", file, commit: "new", bytes: model.bytes });
    const { models } = await findStoredModels([{ name: "hugging-face", folder }]);
    expect(models).toEqual([{ store: "hugging-face", name: "ana/tiny-GGUF/Q4/tiny-q4.gguf", path: latest }]);
  });

  test("leaves out links to what is not there and data sets", async () => {
    await mkdir(join(folder, "models--ana--gone/snapshots/x"), { recursive: true });
    await symlink("../../blobs/nothing", join(folder, "models--ana--gone/snapshots/x/gone.gguf"));
    await put(join(folder, "datasets--ana--texts/snapshots/x/a.gguf"), model.bytes);
    expect(await namesIn("hugging-face")).toEqual([]);
  });
});

test("a store that is not there is empty; one that may not be read is told", async () => {
  const nowhere = join(folder, "nowhere");
  const stores = (["ollama", "lm-studio", "hugging-face"] as const).map((name) => ({ name, folder: nowhere }));
  expect(await findStoredModels(stores)).toEqual({ models: [], problems: [] });
  // Permissions stop no administrator; a link to itself stops everybody.
  const shut = join(folder, "shut");
  await mkdir(shut);
  await symlink("manifests", join(shut, "manifests"));
  const { problems } = await findStoredModels([{ name: "ollama", folder: shut }]);
  expect(problems).toEqual([{ store: "ollama", folder: shut, problem: "its links go round in circles" }]);
});
