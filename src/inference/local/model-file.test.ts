import { mkdtemp, open, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  aModelFile,
  buildModelFile,
  int32s,
  type ModelFileDescription,
  text,
  uint32,
  withValues,
  words,
} from "../../../tests/support/build-model-file.ts";
import { mutateHeader } from "../../../tests/support/mutate-header.ts";
import { AppError } from "../../platform/errors.ts";
import { readModelFile } from "./model-file.ts";

const starter = join(import.meta.dirname, "../../../models/SmolLM2-135M-Instruct.Q4_1.gguf");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-model-file-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

async function write(bytes: Uint8Array): Promise<string> {
  const path = join(folder, "tiny.gguf");
  await writeFile(path, bytes);
  return path;
}

async function problemOf(bytes: Uint8Array): Promise<string> {
  const error: unknown = await readModelFile(await write(bytes)).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({ code: "model_file_invalid", details: { file: "tiny.gguf" } });
  return String((error as AppError).details.problem);
}

const tensor = (changes: object) => aModelFile({ tensors: [{ ...aModelFile().tensors[0]!, ...changes }] });

/** What one token reads of a model with these tensors of 4 bytes an element, beside the 64 of its last norm. */
async function readPerToken(tensors: readonly [name: string, elements: number][], used?: number): Promise<unknown> {
  const mixture = { "llama.expert_count": uint32(8), ...(used ? { "llama.expert_used_count": uint32(used) } : {}) };
  const description = withValues(used === undefined ? {} : mixture);
  const all = tensors.map(([name, elements]) => ({ name, shape: [64, elements / 64], type: 0 }));
  const { bytesPerToken } = await readModelFile(
    await write(buildModelFile({ ...description, tensors: [...aModelFile().tensors, ...all] })),
  );
  return bytesPerToken === null ? null : bytesPerToken / 4 - 64;
}

describe("what a token reads", () => {
  const embeddings = 64 * 4;

  test("is all of the weights, the embeddings only where the output is computed with them", async () => {
    expect(await readPerToken([["blk.0.ffn_up.weight", 640]])).toBe(640 + embeddings);
    expect(
      await readPerToken([
        ["blk.0.ffn_up.weight", 640],
        ["output.weight", 256],
      ]),
    ).toBe(640 + 256);
  });

  test("is of a mixture what is shared and the experts that are used", async () => {
    const tensors: [string, number][] = [
      ["blk.0.ffn_up_exps.weight", 6400],
      ["blk.0.ffn_up_shexp.weight", 640],
    ];
    expect(await readPerToken(tensors, 2)).toBe(6400 / 4 + 640 + embeddings);
  });

  test("is not known of a mixture that does not say it, or in a way that cannot be", async () => {
    expect(await readPerToken([["blk.0.ffn_up_exps.weight", 6400]], 0)).toBeNull();
    expect(await readPerToken([["blk.0.ffn_up_exps.weight", 6400]], 9)).toBeNull();
    expect(await readPerToken([["blk.0.ffn_up.0.weight", 6400]], 2)).toBeNull();
  });
});

describe("a sane file", () => {
  test("everything that the product shows and plans with is read", async () => {
    expect(await readModelFile(await write(buildModelFile(aModelFile())))).toMatchObject({
      fileName: "tiny.gguf",
      architecture: "llama",
      name: "Tiny",
      licence: "mit",
      languages: ["en", "bn"],
      quantization: "F32",
      parameterCount: 64 * 4 + 64,
      tensorBytes: (64 * 4 + 64) * 4,
      trainedContextTokens: 4096,
      layers: 2,
      heads: 4,
      kvElementsPerToken: 2 * 2 * (16 + 16),
      vocabularySize: 4,
      bosToken: "<s>",
      eosToken: "</s>",
      chatTemplate: null,
    });
  });

  test("key-value heads may differ between layers", async () => {
    const file = buildModelFile(withValues({ "llama.attention.head_count_kv": int32s([0, 3]) }));
    expect((await readModelFile(await write(file))).kvElementsPerToken).toBe(3 * 32);
  });

  test("the starter model is read as what it is", async () => {
    expect(await readModelFile(starter)).toMatchObject({
      layers: 30,
      heads: 9,
      kvElementsPerToken: 30 * 3 * 128,
      parameterCount: 134_515_008,
      quantization: "Q4_1",
      licence: "apache-2.0",
      languages: ["en"],
      bosToken: "<|im_start|>",
    });
  });
});

describe("a hostile file is refused by name and by what is wrong", () => {
  const cases: [string, ModelFileDescription, string][] = [
    ["wrong magic", aModelFile({ magic: "PNG!" }), "not a GGUF file"],
    ["wrong version", aModelFile({ version: 1 }), "version 1"],
    ["an absurd number of properties", aModelFile({ valueCount: 4_000_000_000 }), "4000000000 properties"],
    ["an absurd number of tensors", aModelFile({ tensorCount: 2 ** 40 }), "1099511627776 tensors"],
    ["no tensors", aModelFile({ tensors: [] }), "no weights"],
    ["more tensors than there are", aModelFile({ tensorCount: 50 }), "0 dimensions"],
    [
      "a property twice",
      aModelFile({ values: [...aModelFile().values, ["general.name", text("Other")]] }),
      "there twice",
    ],
    ["a list of lists", withValues({ deep: { type: "list", of: "list", values: [1] } }), "list of lists"],
    ["no architecture", withValues({ "general.architecture": null }), "architecture"],
    ["an architecture of another kind", withValues({ "general.architecture": text("clip") }), "clip"],
    ["an architecture that is a number", withValues({ "general.architecture": uint32(7) }), "not text"],
    ["no layers", withValues({ "llama.block_count": uint32(0) }), "block_count"],
    ["too many layers", withValues({ "llama.block_count": uint32(513) }), "block_count"],
    ["zero heads", withValues({ "llama.attention.head_count": uint32(0) }), "head_count"],
    ["zero heads in every layer", withValues({ "llama.attention.head_count": int32s([0, 0]) }), "no attention heads"],
    ["heads for too few layers", withValues({ "llama.attention.head_count": int32s([4]) }), "one number per layer"],
    ["a context of text", withValues({ "llama.context_length": text("long") }), "not a whole number"],
    ["an alignment that is no power of two", withValues({ "general.alignment": uint32(48) }), "power of two"],
    ["no vocabulary", withValues({ "tokenizer.ggml.tokens": null }), "no vocabulary"],
    ["a word twice", withValues({ "tokenizer.ggml.tokens": words(["a", "b", "c", "a"]) }), "there twice"],
    ["too few token types", withValues({ "tokenizer.ggml.token_type": int32s([1]) }), "token_type"],
    ["token types of text", withValues({ "tokenizer.ggml.token_type": words(["1", "1", "1", "1"]) }), "token_type"],
    ["embeddings for another vocabulary", tensor({ shape: [64, 3] }), "embeddings"],
    ["no embeddings", tensor({ name: "other.weight" }), "no token embeddings"],
    ["a tensor twice", aModelFile({ tensors: [aModelFile().tensors[0]!, aModelFile().tensors[0]!] }), "there twice"],
    ["a tensor with no dimensions", tensor({ shape: [] }), "0 dimensions"],
    ["a tensor with five dimensions", tensor({ shape: [1, 1, 1, 1, 1] }), "5 dimensions"],
    ["a tensor of length zero", tensor({ shape: [64, 0] }), "impossible shape"],
    ["a tensor whose size overflows", tensor({ shape: [2 ** 40, 2 ** 40] }), "impossible shape"],
    ["a tensor of a retired type", tensor({ type: 4 }), "unknown type 4"],
    ["rows that do not fit their type", tensor({ shape: [63, 4], type: 8 }), "do not fit"],
    ["a tensor off its alignment", tensor({ offset: 7 }), "not aligned"],
    ["a tensor beyond the end", tensor({ offset: 1_048_576 }), "beyond the end"],
    ["tensor data cut off", aModelFile({ dataBytes: 64 }), "beyond the end"],
    [
      "overlapping tensors",
      aModelFile({ tensors: aModelFile().tensors.map((one) => ({ ...one, offset: 0 })), dataBytes: 4096 }),
      "overlaps another one",
    ],
  ];

  test.each(cases)("%s", async (_, description, problem) => {
    expect(await problemOf(buildModelFile(description))).toContain(problem);
  });

  test("text that is not UTF-8", async () => {
    const bytes = buildModelFile(aModelFile());
    bytes[bytes.indexOf("Tiny")] = 0xff;
    expect(await problemOf(bytes)).toContain("UTF-8");
  });

  test("every cut through the header", async () => {
    const bytes = buildModelFile(aModelFile());
    for (let length = 0; length < bytes.length - 1300; length += 7) await problemOf(bytes.subarray(0, length));
  });

  test("a Git LFS pointer is named as one", async () => {
    const pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 98362432\n";
    expect(await problemOf(Buffer.from(pointer))).toContain("git lfs pull");
  });

  test("a folder and a missing file say so", async () => {
    await expect(readModelFile(folder)).rejects.toMatchObject({ code: "model_file_invalid" });
    const missing = readModelFile(join(folder, "missing.gguf"));
    await expect(missing).rejects.toMatchObject({ code: "model_file_unreadable", details: { problem: "ENOENT" } });
  });
});

describe("random damage", () => {
  test("two hundred mutations of a small header end in a result or a refusal", async () => {
    const original = buildModelFile(aModelFile());
    let refused = 0;
    for (let seed = 1; seed <= 200; seed += 1) {
      const outcome = await readModelFile(await write(mutateHeader(original, original.length - 1300, seed))).catch(
        (error: unknown) => error,
      );
      if (!(outcome instanceof Error)) continue;
      expect(outcome, `seed ${seed}`).toMatchObject({ code: "model_file_invalid" });
      refused += 1;
    }
    expect(refused).toBeGreaterThan(100);
  });

  test("mutations of the starter's header are read in bounded time and memory", async () => {
    const handle = await open(starter, "r");
    const header = Buffer.alloc(1_785_664);
    await handle.read(header, 0, header.length, 0);
    await handle.close();
    const { size } = await stat(starter);
    for (let seed = 1; seed <= 10; seed += 1) {
      const path = await write(mutateHeader(header, 4000, seed));
      const file = await open(path, "r+");
      await file.truncate(size);
      await file.close();
      const startedAt = performance.now();
      const outcome = await readModelFile(path).catch((error: unknown) => error);
      expect(outcome instanceof AppError || !(outcome instanceof Error), `seed ${seed}`).toBe(true);
      expect(performance.now() - startedAt).toBeLessThan(3000);
    }
  });

  test("the same seed does the same damage", async () => {
    const original = await readFile(await write(buildModelFile(aModelFile())));
    expect(mutateHeader(original, 500, 7)).toEqual(mutateHeader(original, 500, 7));
    expect(mutateHeader(original, 500, 7)).not.toEqual(mutateHeader(original, 500, 8));
  });
});
