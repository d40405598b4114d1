import { copyFile, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aModelFile, buildModelFile, text, withValues } from "../../../tests/support/build-model-file.ts";
import { putOllamaModel } from "../../../tests/support/build-model-stores.ts";
import { createModelFolder } from "./model-folder.ts";
import type { FilePlace, FolderPlace } from "./model-place.ts";

const shippedFolder = join(import.meta.dirname, "../../../models");
const starterName = "SmolLM2-135M-Instruct.Q4_1.gguf";
let folder: string;
let models: string;
let data: string;
let folders: FolderPlace[];
let named: FilePlace[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-model-folder-"));
  [models, data] = [join(folder, "models"), join(folder, "data")];
  await mkdir(models);
  folders = [models, join(folder, "nowhere")].map((path) => ({ kind: "folder", path, placeId: null }));
  named = [];
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const aFolder = (starterFolder: string | null = null) =>
  createModelFolder({ places: async () => [...folders, ...named], starterFolder, dataFolder: data });
const put = (name: string, bytes: Uint8Array | string) => writeFile(join(models, name), bytes);

describe("models in the folders", () => {
  test("files, files one folder down and links are found, other files are not", async () => {
    await put("One.gguf", buildModelFile(aModelFile()));
    await mkdir(join(models, "deep/deeper"), { recursive: true });
    await writeFile(join(models, "deep/Two.GGUF"), buildModelFile(aModelFile()));
    await writeFile(join(models, "deep/deeper/Three.gguf"), buildModelFile(aModelFile()));
    await symlink(join(models, "One.gguf"), join(models, "Link to one.gguf"));
    await symlink(join(models, "nothing"), join(models, "broken.gguf"));
    await put("notes.txt", "hello");
    expect((await aFolder().list()).map((model) => model.id)).toEqual(["link-to-one", "one", "two"]);
  });

  test("what the file says about itself is shown, its name is the fallback", async () => {
    await put("a.gguf", buildModelFile(aModelFile()));
    await put("no_name-here.gguf", buildModelFile(withValues({ "general.name": null })));
    expect(await aFolder().list()).toMatchObject([
      { name: "Tiny", licence: "mit", languages: ["en", "bn"], error: null, isStarter: false },
      { name: "no name here", error: null },
    ]);
  });

  test("a file that cannot be used stays in the list with the reason", async () => {
    await put("bad.gguf", "not a model at all, but long enough to be read");
    const [bad] = await aFolder().list();
    expect(bad).toMatchObject({ id: "bad", file: null, error: { code: "model_file_invalid" } });
  });

  test("a file is read again when it changed, and keeps its id", async () => {
    const list = aFolder();
    await put("a.gguf", buildModelFile(aModelFile()));
    const [first] = await list.list();
    expect((await list.list())[0]).toBe(first);
    await put("a.gguf", buildModelFile(withValues({ "general.name": text("Newer") })));
    await utimes(join(models, "a.gguf"), 1, 1);
    expect((await list.list())[0]).toMatchObject({ id: "a", name: "Newer" });
  });
});

describe("named files", () => {
  const aPlace = (path: string, modelId: string): FilePlace => ({
    kind: "file",
    path,
    placeId: `place of ${modelId}`,
    modelId,
    name: null,
  });

  test("are models with the id that they were given, whatever else is called the same", async () => {
    const list = aFolder();
    await put("same.gguf", buildModelFile(aModelFile()));
    expect((await list.list()).map(({ id }) => id)).toEqual(["same"]);
    const elsewhere = join(folder, "same.gguf");
    await writeFile(elsewhere, buildModelFile(withValues({ "general.name": text("Elsewhere") })));
    named = [aPlace(elsewhere, "same-2")];
    const both = [
      { id: "same-2", name: "Elsewhere", path: elsewhere, place: { kind: "file", placeId: "place of same-2" } },
      { id: "same", name: "Tiny", place: { kind: "folder", placeId: null } },
    ];
    expect(await list.list()).toMatchObject(both);
    expect(await aFolder().list()).toMatchObject(both);
  });

  test("that have gone stay in the list and say so, and work again once they are back", async () => {
    const path = join(folder, "named.gguf");
    named = [aPlace(path, "named")];
    const list = aFolder();
    expect(await list.list()).toMatchObject([{ id: "named", error: { code: "model_file_missing" } }]);
    await writeFile(path, buildModelFile(aModelFile()));
    expect(await list.list()).toMatchObject([{ id: "named", error: null }]);
    await rm(path);
    expect((await list.list())[0]?.error?.message).toBe(
      "The model's file named.gguf is no longer there. Put it back, or stop using this model.",
    );
  });

  test("that lie in a folder that is used too are there once", async () => {
    await put("one.gguf", buildModelFile(aModelFile()));
    named = [aPlace(join(models, "one.gguf"), "mine")];
    expect((await aFolder().list()).map(({ id }) => id)).toEqual(["mine"]);
  });

  test("of Ollama follow their tag to another blob and keep id and name", async () => {
    const tag = "registry.ollama.ai/library/tiny/1b";
    const layerOf = (name: string) => [
      { kind: "model", bytes: buildModelFile(withValues({ "general.name": text(name) })) },
    ];
    const path = await putOllamaModel(folder, tag, layerOf("Old"));
    named = [{ ...aPlace(path, "tiny-1b"), kind: "ollama", name: "tiny:1b" }];
    const list = aFolder();
    const [before] = await list.list();
    await putOllamaModel(folder, tag, layerOf("New"));
    const [after] = await list.list();
    expect([before, after]).toMatchObject([
      { id: "tiny-1b", name: "tiny:1b", error: null },
      { id: "tiny-1b", name: "tiny:1b", error: null },
    ]);
    expect(after?.path).not.toBe(before?.path);
    await rm(path);
    expect((await list.list())[0]?.error?.code).toBe("model_file_missing");
  });

  test("are looked at before they are used: what they would be, with an id that is free", async () => {
    const list = aFolder();
    await put("tiny.gguf", buildModelFile(aModelFile()));
    await list.list();
    const path = join(folder, "tiny.gguf");
    await writeFile(path, buildModelFile(aModelFile()));
    const asked = { kind: "file", path, name: null } as const;
    expect(await list.inspect(asked)).toMatchObject({ id: "tiny-2", name: "Tiny", error: null });
    expect(await list.list()).toHaveLength(1);
    const gone = await list.inspect({ ...asked, path: join(folder, "gone.gguf") });
    expect(gone.error?.code).toBe("model_file_missing");
  });
});

describe("the starter", () => {
  test("it is listed last, with what is known about it, and its checksum is right", async () => {
    await put("zz.gguf", buildModelFile(aModelFile()));
    const list = aFolder(shippedFolder);
    const found = await list.list();
    expect(found.map((model) => model.id)).toEqual(["zz", "smollm2-135m-instruct"]);
    expect(found[1]).toMatchObject({
      isStarter: true,
      licence: "Apache-2.0",
      languages: ["en"],
      name: "SmolLM2 135M Instruct",
    });
    await expect(list.checkStarter()).resolves.toBeUndefined();
    const remembered = JSON.parse(await readFile(join(data, "verified-models.json"), "utf8")) as object;
    expect(Object.keys(remembered)).toEqual([starterName]);
  });

  test("a second start believes the remembered check as long as size and time agree", async () => {
    const first = aFolder(shippedFolder);
    await first.list();
    await first.checkStarter();
    const startedAt = performance.now();
    const second = aFolder(shippedFolder);
    await second.list();
    const listedAt = performance.now();
    await second.checkStarter();
    expect(performance.now() - listedAt).toBeLessThan(listedAt - startedAt + 50);
  });

  test("one changed byte makes it unavailable", async () => {
    await copyFile(join(shippedFolder, starterName), join(folder, starterName));
    const bytes = await readFile(join(folder, starterName));
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await rm(join(folder, starterName), { force: true });
    await writeFile(join(folder, starterName), bytes);
    const list = aFolder(folder);
    await list.list();
    await expect(list.checkStarter()).rejects.toMatchObject({
      code: "model_file_invalid",
      details: { file: starterName },
    });
    const [starter] = await list.list();
    expect(starter?.error?.message).toContain("git checkout -- models");
  });

  test("a Git LFS pointer in its place says what to run, and a missing one is simply not there", async () => {
    await writeFile(
      join(folder, starterName),
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 98362432\n",
    );
    expect((await aFolder(folder).list())[0]?.error?.message).toContain("git lfs pull");
    expect(await aFolder(data).list()).toEqual([]);
  });

  test("a file of the same name in a folder of the admin's is another model", async () => {
    await put(starterName, buildModelFile(aModelFile()));
    expect((await aFolder(shippedFolder).list()).map((model) => model.id)).toEqual([
      "smollm2-135m-instruct-2",
      "smollm2-135m-instruct",
    ]);
  });
});
