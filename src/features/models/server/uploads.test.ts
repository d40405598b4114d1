import { createHash, randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engineNeverStarted } from "../../../../tests/support/engine-never-started.ts";
import { aModelFile, buildModelFile, text, withValues, words } from "../../../../tests/support/build-model-file.ts";
import { newId } from "../../../platform/new-id.ts";
import { createUploadNotes } from "./upload-notes.ts";
import { createUploads, type UploadParts, type Uploads, type UploadWish } from "./uploads.ts";

const scope = { organisationId: "01900000-0000-7000-8000-000000000001" };
const dayMs = 86_400_000;
const model = buildModelFile(aModelFile({ dataBytes: 200_000 }));
let folder: string;
let modelFolder: string;
let uploads: Uploads;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-uploads-"));
  modelFolder = join(folder, "models");
  uploads = open();
});
afterEach(() => rm(folder, { recursive: true }));

/** Again, as after a restart of the server. */
function open(changes: Partial<UploadParts> = {}): Uploads {
  const engine = engineNeverStarted(folder, modelFolder);
  return createUploads({ modelFolder, maxBytes: 1e9, clock: Date.now, caller: engine, files: engine, ...changes });
}

function aWish(changes: Partial<UploadWish> = {}): UploadWish {
  return { uploadId: newId(), fileName: "My model.gguf", sizeBytes: model.length, modifiedAt: 1, ...changes };
}

async function* inPieces(bytes: Uint8Array, size = 50_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const filesIn = async (path: string) => (await readdir(path)).toSorted();

describe("an upload", () => {
  test("in pieces ends as a model of the folder, byte for byte, with its hash", async () => {
    const { id } = await uploads.start(scope, aWish());
    await uploads.add(scope, id, 0, inPieces(model.subarray(0, 120_000)));
    const last = await uploads.add(scope, id, 120_000, inPieces(model.subarray(120_000)));
    expect(last.receivedBytes).toBe(model.length);
    const sha256 = createHash("sha256").update(model).digest("hex");
    const finished = { modelId: "my-model", fileName: "My-model.gguf", sha256 };
    expect(await uploads.finish(scope, id)).toEqual(finished);
    expect(await uploads.finish(scope, id)).toEqual(finished);
    expect(await readFile(join(modelFolder, "My-model.gguf"))).toEqual(model);
    expect((await uploads.list(scope)).items).toEqual([]);
    expect(await filesIn(join(modelFolder, ".uploads"))).toEqual([`${id}.json`]);
  });

  test("goes on after a restart from what was acknowledged, and says where where it is asked wrongly", async () => {
    const wish = aWish();
    await uploads.start(scope, wish);
    await uploads.add(scope, wish.uploadId, 0, inPieces(model.subarray(0, 100_000)));
    uploads = open();
    expect((await uploads.list(scope)).items).toMatchObject([{ id: wish.uploadId, receivedBytes: 100_000 }]);
    expect(await uploads.start(scope, wish)).toMatchObject({ receivedBytes: 100_000 });
    for (const offset of [0, 99_999, 100_001]) {
      await expect(uploads.add(scope, wish.uploadId, offset, inPieces(model))).rejects.toMatchObject({
        code: "upload_offset_wrong",
        details: { received: 100_000 },
      });
    }
    await expect(uploads.finish(scope, wish.uploadId)).rejects.toMatchObject({ code: "upload_offset_wrong" });
    await uploads.add(scope, wish.uploadId, 100_000, inPieces(model.subarray(100_000)));
    expect(await uploads.finish(scope, wish.uploadId)).toMatchObject({ modelId: "my-model" });
  });

  test("keeps what had come when the connection broke in the middle of a piece", async () => {
    const { id } = await uploads.start(scope, aWish());
    async function* cut(): AsyncGenerator<Uint8Array> {
      yield model.subarray(0, 70_000);
      throw new Error("aborted");
    }
    await expect(uploads.add(scope, id, 0, cut())).rejects.toThrow("aborted");
    expect((await uploads.list(scope)).items).toMatchObject([{ receivedBytes: 70_000 }]);
    await uploads.add(scope, id, 70_000, inPieces(model.subarray(70_000)));
    expect(await uploads.finish(scope, id)).toMatchObject({ modelId: "my-model" });
  });

  test("belongs to the window that sent last: the earlier one is told, and nothing is lost or doubled", async () => {
    const { id } = await uploads.start(scope, aWish());
    const { promise: blocked, resolve: release } = Promise.withResolvers<void>();
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    async function* stuck(): AsyncGenerator<Uint8Array> {
      yield model.subarray(0, 60_000);
      begin();
      await blocked;
      yield model.subarray(60_000);
    }
    const first = uploads.add(scope, id, 0, stuck());
    await begun;
    const second = uploads.add(scope, id, 60_000, inPieces(model.subarray(60_000)));
    await expect(first).rejects.toMatchObject({ code: "upload_taken_over" });
    expect((await second).receivedBytes).toBe(model.length);
    release();
    const [one, other] = await Promise.all([uploads.finish(scope, id), uploads.finish(scope, id)]);
    expect(one).toEqual(other);
    expect(await readFile(join(modelFolder, "My-model.gguf"))).toEqual(model);
  });

  test("whose file was just to be placed when the server was killed is still listed, and is finished then", async () => {
    const { id } = await uploads.start(scope, aWish());
    await uploads.add(scope, id, 0, inPieces(model));
    const notes = createUploadNotes(modelFolder);
    const note = await notes.read(id);
    await notes.write({ ...note!, placedAs: "My-model.gguf", sha256: "of the file" });
    uploads = open();
    expect((await uploads.list(scope)).items).toMatchObject([{ id, receivedBytes: model.length }]);
    expect(await uploads.finish(scope, id)).toMatchObject({ fileName: "My-model.gguf" });
    expect((await uploads.list(scope)).items).toEqual([]);
  });

  test("of another organisation is not there", async () => {
    const { id } = await uploads.start(scope, aWish());
    const other = { organisationId: "01900000-0000-7000-8000-000000000002" };
    expect((await uploads.list(other)).items).toEqual([]);
    for (const attempt of [
      () => uploads.add(other, id, 0, inPieces(model)),
      () => uploads.finish(other, id),
      () => uploads.discard(other, id),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: "upload_not_found" });
    }
  });
});

describe("a file that is no good", () => {
  test.each([
    ["is no GGUF file", randomBytes(200_000), "not a GGUF file"],
    ["cannot chat", buildModelFile(withValues({ "general.architecture": text("bert") })), "bert"],
  ])("is refused with its first bytes where it %s, and what came is gone", async (_, bytes, problem) => {
    const { id } = await uploads.start(scope, aWish({ sizeBytes: 5e8 }));
    await expect(uploads.add(scope, id, 0, inPieces(bytes))).rejects.toMatchObject({
      code: "model_unusable",
      details: { file: "My model.gguf", problem: expect.stringContaining(problem) },
    });
    expect((await uploads.list(scope)).items).toEqual([]);
    expect(await filesIn(join(modelFolder, ".uploads"))).toEqual([]);
  });

  test("is waited for while its header is not whole yet", async () => {
    const many = words(Array.from({ length: 20_000 }, (_, index) => `word ${index}`));
    const shape = { name: "token_embd.weight", shape: [64, 20_000], type: 0 };
    const bytes = buildModelFile({
      ...withValues({ "tokenizer.ggml.tokens": many, "tokenizer.ggml.token_type": null }),
      tensors: [shape],
      dataBytes: 64 * 20_000 * 4,
    });
    const { id } = await uploads.start(scope, aWish({ sizeBytes: bytes.length }));
    await uploads.add(scope, id, 0, inPieces(bytes.subarray(0, 100_000)));
    await uploads.add(scope, id, 100_000, inPieces(bytes.subarray(100_000)));
    expect(await uploads.finish(scope, id)).toMatchObject({ modelId: "my-model" });
  });

  test("is refused before it is sent by its name or its size", async () => {
    const refusal = async (changes: Partial<UploadWish>, on = uploads) =>
      on.start(scope, aWish(changes)).catch((error: unknown) => error);
    expect(await refusal({ fileName: "notes.txt" })).toMatchObject({ code: "model_unusable" });
    expect(await refusal({ fileName: "a-00001-of-00003.gguf" })).toMatchObject({ code: "model_unusable" });
    expect(await refusal({ sizeBytes: 1e9 + 1 })).toMatchObject({
      code: "upload_too_large",
      details: { limit: "1.0 GB" },
    });
    const small = open({ freeBytesOf: async () => 700_000_000 });
    expect(await refusal({ sizeBytes: 3e8 }, small)).toMatchObject({
      code: "upload_no_room",
      details: { needed: "300 MB", free: "200 MB" },
    });
  });

  test("may not take what another unfinished upload was promised", async () => {
    const small = open({ freeBytesOf: async () => 700_000_000 });
    await small.start(scope, aWish({ sizeBytes: 1.5e8 }));
    await expect(small.start(scope, aWish({ sizeBytes: 1.5e8 }))).rejects.toMatchObject({
      code: "upload_no_room",
      details: { free: "50 MB" },
    });
  });

  test("cannot be longer than it was said to be", async () => {
    const { id } = await uploads.start(scope, aWish({ sizeBytes: model.length - 1 }));
    await expect(uploads.add(scope, id, 0, inPieces(model))).rejects.toMatchObject({ code: "invalid_request" });
  });
});

test("a name that climbs out of the folder, hides or is taken becomes a safe one, and nothing is overwritten", async () => {
  await mkdir(modelFolder);
  await writeFile(join(modelFolder, "model.gguf"), "mine");
  // Ids are of Latin letters: of the last name none remain, and "model" has one already.
  const names: string[] = [];
  for (const fileName of ["../../.ssh/model.gguf", "..\\model.GGUF", "/.gguf", "বাংলা মডেল.gguf"]) {
    const { id } = await uploads.start(scope, aWish({ fileName }));
    await uploads.add(scope, id, 0, inPieces(model));
    names.push((await uploads.finish(scope, id)).fileName);
  }
  expect(names).toEqual(["model-2.gguf", "model-3.gguf", "model-4.gguf", "বাংলা-মডেল-2.gguf"]);
  expect(await readFile(join(modelFolder, "model.gguf"), "utf8")).toBe("mine");
  expect((await filesIn(folder)).filter((name) => name.includes("ssh"))).toEqual([]);
});

test("what is given up is deleted: by a person at once, by upkeep after a week without a byte", async () => {
  let now = Date.now();
  uploads = open({ clock: () => now });
  const first = await uploads.start(scope, aWish());
  const second = await uploads.start(scope, aWish());
  await uploads.add(scope, first.id, 0, inPieces(model.subarray(0, 1000)));
  await uploads.discard(scope, first.id);
  await expect(stat(join(modelFolder, ".uploads", `${first.id}.part`))).rejects.toThrow("ENOENT");
  now += 6 * dayMs;
  await uploads.add(scope, second.id, 0, inPieces(model.subarray(0, 1000)));
  now += 6 * dayMs;
  expect(await uploads.clearAbandoned()).toBe(0);
  now += 2 * dayMs;
  expect(await uploads.clearAbandoned()).toBe(1);
  expect(await filesIn(join(modelFolder, ".uploads"))).toEqual([]);
});
