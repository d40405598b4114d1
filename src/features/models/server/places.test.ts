import { mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aModelFile, buildModelFile, text, withValues } from "../../../../tests/support/build-model-file.ts";
import { put, putHubModel, putOllamaModel } from "../../../../tests/support/build-model-stores.ts";
import { createLocalEngine } from "../../../inference/local/local-engine.ts";
import { defaultEngineSettings, type LocalEngine } from "../../../inference/local/local-engine-options.ts";
import type { Database } from "../../../platform/database/command.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import { createPlaces, type Places, readPlaces } from "./places.ts";

const model = buildModelFile(aModelFile());
let folder: string;
let db: Database;
let scope: { organisationId: string };
let engine: LocalEngine;
let places: Places;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-places-"));
  db = openInlineDatabase(":memory:");
  await db.run(migrate, { now: 1 });
  scope = { organisationId: await ensureOrganisation({ db, clock: () => 1 }) };
  open();
});
afterEach(async () => {
  await engine.stop();
  await db.close();
  await rm(folder, { recursive: true });
});

/** Again, as after a restart of the server. */
function open(): void {
  const own = { kind: "models-folder", path: join(folder, "own"), placeId: null } as const;
  engine = createLocalEngine({
    places: async () => [own, ...(await readPlaces(db, scope.organisationId))],
    starterFolder: null,
    dataFolder: folder,
    workerEntry: join(import.meta.dirname, "../../../inference/local/engine-process.fake-worker.ts"),
    findLibraryFolder: () => folder,
    settings: { ...defaultEngineSettings, threads: 1 },
    logger: pino({ level: "silent" }),
  });
  const stores = [
    { name: "ollama", folder: join(folder, "ollama") },
    { name: "lm-studio", folder: join(folder, "lm-studio") },
    { name: "hugging-face", folder: join(folder, "hub") },
  ] as const;
  places = createPlaces({ db, clock: () => 1, caller: engine, files: engine, stores });
}

const listed = async () => (await engine.listModels()).map(({ id, place }) => [id, place?.kind]);

describe("a file that an admin names", () => {
  test("is used where it lies, answers to the same id after a restart, and is told when it has gone", async () => {
    const path = await put(join(folder, "elsewhere/My Model.gguf"), model);
    expect(await places.add(scope, path)).toEqual(["my-model"]);
    expect(await listed()).toEqual([["my-model", "file"]]);
    await engine.stop();
    open();
    expect(await listed()).toEqual([["my-model", "file"]]);
    await rm(path);
    engine.lookAgain();
    const [gone] = await engine.listModels();
    expect(gone?.state).toEqual({
      status: "unavailable",
      reason: expect.stringContaining("no longer there"),
      error: { code: "model_file_missing", details: { file: "My Model.gguf" } },
    });
  });

  test("is named once however often and from however many windows", async () => {
    const path = await put(join(folder, "a.gguf"), model);
    const answers = await Promise.all([
      places.add(scope, path),
      places.add(scope, `${folder}/./a.gguf`),
      places.add(scope, path),
    ]);
    expect(answers).toEqual([["a"], ["a"], ["a"]]);
    expect(await listed()).toHaveLength(1);
  });

  test("gets an id of its own beside another of its name", async () => {
    await put(join(folder, "own/a.gguf"), model);
    const path = await put(join(folder, "b/a.gguf"), model);
    expect(await places.add(scope, path)).toEqual(["a-2"]);
    expect(await places.add(scope, join(folder, "own/a.gguf"))).toEqual(["a"]);
    expect(Object.fromEntries(await listed())).toEqual({ a: "models-folder", "a-2": "file" });
  });

  test.each([
    ["a path that is not there", async () => join(folder, "nothing.gguf"), "model_path_missing"],
    ["a path that begins nowhere", async () => "models/a.gguf", "invalid_request"],
    ["a path with a zero byte", async () => `${folder}/a\0.gguf`, "invalid_request"],
    ["what is neither file nor folder", async () => "/dev/zero", "model_unusable"],
    [
      "a file that is no model",
      () => put(join(folder, "notes.gguf"), "not a model, but long enough"),
      "model_unusable",
    ],
    ["a folder without models", async () => folder, "model_folder_empty"],
    [
      "a link that goes nowhere",
      async () => (await symlink("gone", join(folder, "l.gguf")), join(folder, "l.gguf")),
      "model_path_missing",
    ],
  ])("is refused for %s, and nothing is stored", async (_, make, code) => {
    await expect(places.add(scope, await make())).rejects.toMatchObject({ code });
    expect(await readPlaces(db, scope.organisationId)).toEqual([]);
  });

  test("is forgotten without being deleted, and can be named again", async () => {
    const path = await put(join(folder, "a.gguf"), model);
    await places.add(scope, path);
    const placeId = (await places.placeOf(scope, "a")) ?? "";
    await places.remove(scope, placeId);
    expect(await listed()).toEqual([]);
    await expect(places.remove(scope, placeId)).rejects.toMatchObject({ code: "model_place_not_found" });
    expect(await places.add(scope, path)).toEqual(["a"]);
  });
});

test("a folder that an admin names is followed: what is put there later is used too", async () => {
  await put(join(folder, "shelf/a.gguf"), model);
  expect(await places.add(scope, `${folder}/shelf/`)).toEqual(["a"]);
  await put(join(folder, "shelf/deep/b.gguf"), model);
  engine.lookAgain();
  expect(await listed()).toEqual([
    ["a", "folder"],
    ["b", "folder"],
  ]);
  const path = join(folder, "shelf");
  await rm(path, { recursive: true });
  engine.lookAgain();
  expect((await places.find(scope)).folders).toMatchObject([{ path, models: 0 }]);
  await places.remove(scope, (await places.placeOf(scope, path)) ?? "");
  expect((await places.find(scope)).folders).toEqual([]);
});

test("a place that was taken out comes back as it was, with its models' ids, and only in its organisation", async () => {
  await putOllamaModel(join(folder, "ollama"), "registry.ollama.ai/library/tiny/latest", [
    { kind: "model", bytes: model },
  ]);
  await places.add(scope, "tiny");
  const [before] = await engine.listModels();
  const placeId = before?.place?.placeId ?? "";
  await expect(places.restore(scope, placeId)).rejects.toMatchObject({ code: "model_place_not_found" });
  await places.remove(scope, placeId);
  expect(await listed()).toEqual([]);
  const another = { organisationId: placeId };
  await expect(places.restore(another, placeId)).rejects.toMatchObject({ code: "model_place_not_found" });
  await places.restore(scope, placeId);
  await places.restore(scope, placeId);
  // How much memory is free changes by itself.
  expect(await engine.listModels()).toEqual([{ ...before, memory: expect.anything() }]);
});

describe("what other programs hold", () => {
  test("is found with what its header says, used by its name, and then found no more", async () => {
    const named = buildModelFile(withValues({ "general.name": text("Header's name") }));
    await putOllamaModel(join(folder, "ollama"), "registry.ollama.ai/library/tiny/latest", [
      { kind: "model", bytes: named },
    ]);
    await put(join(folder, "lm-studio/ana/tiny/tiny-q4.gguf"), model);
    await putHubModel(join(folder, "hub"), {
      repository: "bo/tiny",
      file: "tiny-hub.gguf",
      bytes: buildModelFile(withValues({ "general.license": null })),
    });
    const { items } = await places.find(scope);
    expect(items).toMatchObject([
      { store: "ollama", name: "tiny:latest", licence: "mit", languages: ["en", "bn"], problem: null },
      { store: "lm-studio", name: "ana/tiny/tiny-q4.gguf", memory: { fits: true } },
      { store: "hugging-face", name: "bo/tiny/tiny-hub.gguf", licence: null },
    ]);
    expect(await places.add(scope, "tiny")).toEqual(["tiny"]);
    expect(await places.add(scope, items[1]!.path)).toEqual(["tiny-q4"]);
    expect(await places.add(scope, "bo/tiny/tiny-hub.gguf")).toEqual(["tiny-hub"]);
    expect((await places.find(scope)).items).toEqual([]);
    const kinds = ["ollama", "lm-studio", "hugging-face"];
    expect((await listed()).map(([, kind]) => kind)).toEqual(kinds);
    await engine.stop();
    open();
    expect((await listed()).map(([, kind]) => kind)).toEqual(kinds);
    expect((await engine.listModels())[0]).toMatchObject({ id: "tiny", name: "tiny:latest" });
  });

  test("is listed with the reason where it cannot be used, and refused", async () => {
    const bytes = buildModelFile(withValues({ "general.architecture": text("nomic-bert") }));
    const path = await put(join(folder, "lm-studio/nomic/embed/embed.gguf"), bytes);
    const { items } = await places.find(scope);
    expect(items).toMatchObject([{ sizeBytes: null, problem: expect.stringContaining("nomic-bert") }]);
    await expect(places.add(scope, path)).rejects.toMatchObject({ code: "model_unusable" });
  });

  test("is not found where its file is used already under another path", async () => {
    const path = await put(join(folder, "lm-studio/ana/tiny/tiny.gguf"), model);
    await symlink(path, join(folder, "link.gguf"));
    await places.add(scope, join(folder, "link.gguf"));
    expect((await places.find(scope)).items).toEqual([]);
  });

  test("is not found where what its link leads to is used already", async () => {
    const link = await putHubModel(join(folder, "hub"), { repository: "bo/tiny", file: "tiny.gguf", bytes: model });
    await places.add(scope, await realpath(link));
    expect((await places.find(scope)).items).toEqual([]);
  });
});
