// The contract with the C library: every function is called once here, and each of its traps is sprung: in a throwaway
// process where it aborts, in this one where it does not.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAbortFlag } from "./abort-flag.ts";
import { findLibraryFiles, findLlamaLibrary } from "./find-llama-library.ts";
import { openLlama, viewMemory } from "./llama-api.ts";
import { loadLlamaModel } from "./llama-model.ts";
import { findDifference, knownContextParams, type Pointer } from "./llama-structs.ts";
import { openStarter, type Starter, starterFile } from "./open-starter.ts";

let starter: Starter;
let context: Pointer;
let memory: Pointer;

beforeAll(async () => {
  starter = await openStarter();
  const { api, model } = starter;
  context = await api.makeContext(model.pointer, {
    ...api.contextDefaultParams(),
    n_ctx: 512,
    n_batch: 64,
    n_ubatch: 64,
    n_seq_max: 2,
    n_outputs_max: 2,
    // A library thread that has to wait for a core stalls the others, and test runs share their cores.
    n_threads: 1,
    n_threads_batch: 1,
  });
  memory = api.memory(context);
});

afterAll(() => {
  starter.api.contextFree(context);
  starter.model.free();
});

function clearMemory(): void {
  for (const sequence of [0, 1]) expect(starter.api.sequenceRemove(memory, sequence, -1, -1)).toBe(true);
}

interface Row {
  readonly token: number;
  readonly position: number;
  readonly sequence: number;
}

/** Decodes rows as they are, with logits for the last. */
async function decode(rows: readonly Row[]): Promise<number> {
  const batch = starter.api.batchInit(64, 0, 1);
  const sequencePointers = new BigUint64Array(viewMemory(batch.seq_id, 64 * 8));
  for (const [index, { token, position, sequence }] of rows.entries()) {
    new Int32Array(viewMemory(batch.token, 256))[index] = token;
    new Int32Array(viewMemory(batch.pos, 256))[index] = position;
    new Int32Array(viewMemory(batch.n_seq_id, 256))[index] = 1;
    new Int32Array(viewMemory(sequencePointers[index] as bigint, 4))[0] = sequence;
    new Int8Array(viewMemory(batch.logits, 64))[index] = index === rows.length - 1 ? 1 : 0;
  }
  batch.n_tokens = rows.length;
  try {
    return await starter.api.decodeAsync(context, batch);
  } finally {
    starter.api.batchFree(batch);
  }
}

const inOrder = (count: number, sequence = 0, from = 0): readonly Row[] =>
  Array.from({ length: count }, (_, index) => ({ token: 500 + index, position: from + index, sequence }));

describe("loading the library", () => {
  test("the CPU variant for this machine is named", () => {
    expect(starter.api.cpuVariant).toMatch(/^[\w.]+$/);
  });

  test("a field that moved is named with both values", () => {
    const actual = { ...knownContextParams, n_batch: 7 };
    expect(findDifference(actual, knownContextParams)).toBe("n_batch is 7 instead of 2048");
    expect(findDifference(starter.api.contextDefaultParams(), knownContextParams)).toBeNull();
  });

  test("a folder without the library gives one sentence", async () => {
    const folder = await mkdtemp(join(tmpdir(), "no-library-"));
    expect(() => openLlama(folder)).toThrow(expect.objectContaining({ code: "engine_unavailable" }));
  });

  test("a library of another kind is refused and its missing symbols named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "wrong-library-"));
    const { ggml, ggmlBase } = findLibraryFiles(findLlamaLibrary());
    const { copyFile } = await import("node:fs/promises");
    await copyFile(ggmlBase, join(folder, "libggml-base.so"));
    await copyFile(ggml, join(folder, "libggml.so"));
    // ggml's own library in llama's place has none of llama's functions.
    await copyFile(ggmlBase, join(folder, "libllama.so"));
    expect(() => openLlama(folder)).toThrow(/lacks .*llama_decode/);
  });
});

describe("loading a model", () => {
  test("progress goes from nothing to all", async () => {
    const percents: number[] = [];
    const model = await loadLlamaModel(starter.api, starterFile, (percent) => percents.push(percent));
    model.free();
    expect(percents.at(-1)).toBe(100);
    expect(percents).toEqual(percents.toSorted((one, other) => one - other));
  });

  test("a file that is no model is refused with the library's reason, and the process lives", async () => {
    const file = join(await mkdtemp(join(tmpdir(), "no-model-")), "broken.gguf");
    await writeFile(file, "GGUF but not really");
    await expect(loadLlamaModel(starter.api, file, () => undefined)).rejects.toMatchObject({
      code: "model_file_invalid",
      details: { file: "broken.gguf" },
    });
  });
});

describe("decoding", () => {
  test("computes tokens, remembers their positions and gives finite logits", async () => {
    const { api } = starter;
    clearMemory();
    expect(await decode(inOrder(5))).toBe(0);
    expect(api.sequenceFirstPosition(memory, 0)).toBe(0);
    expect(api.sequenceLastPosition(memory, 0)).toBe(4);
    const logits = new Float32Array(viewMemory(api.logitsRow(context, 4), 4 * 8));
    expect(logits.every(Number.isFinite)).toBe(true);
    expect(api.logitsRow(context, 3)).toBeNull();
  });

  test("an unknown token or sequence is refused without harm", async () => {
    expect(await decode([{ token: 10_000_000, position: 0, sequence: 1 }])).toBe(-1);
    expect(await decode([{ token: 5, position: 0, sequence: 77 }])).toBe(-1);
  });

  test("a gap in positions is refused, but not before a sequence's first token, so that we check them", async () => {
    clearMemory();
    expect(await decode(inOrder(3))).toBe(0);
    expect(await decode(inOrder(1, 0, 10))).toBe(-1);
    expect(await decode([...inOrder(1, 0, 3), ...inOrder(1, 0, 20)])).toBe(-1);
    expect(await decode(inOrder(1, 1, 20))).toBe(0);
  });

  test("a tail is cut, and a whole sequence copied and then cut", async () => {
    const { api } = starter;
    clearMemory();
    expect(await decode(inOrder(6))).toBe(0);
    expect(api.sequenceRemove(memory, 0, 4, -1)).toBe(true);
    expect(api.sequenceLastPosition(memory, 0)).toBe(3);
    api.sequenceCopy(memory, 0, 1, 0, -1);
    expect(api.sequenceRemove(memory, 1, 2, -1)).toBe(true);
    expect(await decode(inOrder(1, 1, 2))).toBe(0);
    expect(api.sequenceLastPosition(memory, 1)).toBe(2);
  });

  test("the real sizes of a context can be read back", () => {
    const { api } = starter;
    expect(api.contextSequenceTokens(context)).toBe(256);
    expect(api.maxParallelSequences()).toBeGreaterThanOrEqual(8);
  });

  test("a raised flag ends a step without JavaScript on a foreign thread", async () => {
    const { api, model } = starter;
    const abort = createAbortFlag();
    const stoppable = await api.makeContext(model.pointer, {
      ...api.contextDefaultParams(),
      n_ctx: 256,
      n_threads: 1,
      abort_callback: abort.callback,
      abort_callback_data: abort.data,
    });
    const batch = api.batchInit(1, 0, 1);
    for (const pointer of [batch.token, batch.pos]) new Int32Array(viewMemory(pointer, 4))[0] = 0;
    new Int32Array(viewMemory(batch.n_seq_id, 4))[0] = 1;
    const [ids] = new BigUint64Array(viewMemory(batch.seq_id, 8));
    new Int32Array(viewMemory(ids as bigint, 4))[0] = 0;
    batch.n_tokens = 1;
    expect(await api.decodeAsync(stoppable, batch)).toBe(0);
    abort.raise();
    new Int32Array(viewMemory(batch.pos, 4))[0] = 1;
    expect(await api.decodeAsync(stoppable, batch)).toBe(2);
    api.batchFree(batch);
    api.contextFree(stoppable);
  });
});

describe("the vocabulary", () => {
  test("has its special tokens and says which end an answer", () => {
    const { api, model } = starter;
    const vocab = api.modelVocab(model.pointer);
    expect(api.vocabTokens(vocab)).toBe(model.vocabularySize);
    expect(api.vocabText(vocab, 1)).toBe("<|im_start|>");
    expect(api.vocabAttributes(vocab, 1)).toBe(1 << 3);
    expect(api.vocabBeginToken(vocab)).toBe(1);
    expect(api.vocabAddsBegin(vocab)).toBe(false);
    expect(model.endsGeneration(2)).toBe(true);
    expect(model.endsGeneration(500)).toBe(false);
  });
});

describe("samplers", () => {
  test("every kind can be made, chained, used and freed", async () => {
    const { api, model } = starter;
    clearMemory();
    await decode(inOrder(3));
    const chain = api.chainInit({ no_perf: true });
    const penalties = api.samplerPenalties(model.vocabularySize, 64, 1.1, 0.1, 0.1);
    api.samplerAccept(penalties, 5);
    for (const sampler of [
      penalties,
      api.samplerTopK(40),
      api.samplerTopP(0.9, 1),
      api.samplerMinP(0.05, 1),
      api.samplerTemperature(0.7),
      api.samplerDistribution(7),
    ]) {
      api.chainAdd(chain, sampler);
    }
    const token = api.samplerSample(chain, context, 2);
    expect(token).toBeGreaterThanOrEqual(0);
    expect(token).toBeLessThan(model.vocabularySize);
    api.samplerFree(chain);
    const greedy = api.samplerGreedy();
    expect(api.samplerSample(greedy, context, 2)).toBe(api.samplerSample(greedy, context, 2));
    api.samplerFree(greedy);
  });

  test("a grammar that cannot be read is refused without harm", () => {
    const library = koffi.load(findLibraryFiles(findLlamaLibrary()).llama);
    const makeGrammar = library.func("llama_sampler_init_grammar", "void *", ["void *", "str", "str"]);
    const vocab = starter.api.modelVocab(starter.model.pointer);
    expect(makeGrammar(vocab, "root ::= (((", "root")).toBeNull();
  });
});

// Each of these would take the server down if it happened in the server's process.
const abortingTraps = {
  "sampling a row without logits": `
    await decodeOne();
    api.samplerSample(api.samplerGreedy(), context, 5);`,
  "copying a part of a sequence": `
    await decodeOne();
    api.sequenceCopy(api.memory(context), 0, 1, 5, 9);`,
  "a grammar told of a token that it refuses": `
    api.samplerAccept(makeGrammar(vocab, 'root ::= "yes"', "root"), 500);`,
  "a grammar together with a bias that leaves no token": `
    await decodeOne();
    const biases = new Uint8Array(8 * size);
    const view = new DataView(biases.buffer);
    for (let token = 0; token < size; token += 1) {
      view.setInt32(8 * token, token, true);
      view.setFloat32(8 * token + 4, -Infinity, true);
    }
    const chain = api.chainInit({ no_perf: true });
    api.chainAdd(chain, makeBias(size, size, biases));
    api.chainAdd(chain, makeGrammar(vocab, 'root ::= "yes"', "root"));
    api.chainAdd(chain, api.samplerDistribution(1));
    api.samplerSample(chain, context, 0);`,
};

describe.concurrent("what aborts the process", () => {
  test.each(Object.entries(abortingTraps))("%s", async (_, trap) => {
    const library = findLibraryFiles(findLlamaLibrary()).llama;
    const script = `
      import koffi from ${JSON.stringify(import.meta.resolve("koffi"))};
      import { openStarter } from ${JSON.stringify(new URL("./open-starter.ts", import.meta.url).href)};
      const library = koffi.load(${JSON.stringify(library)});
      const makeGrammar = library.func("llama_sampler_init_grammar", "void *", ["void *", "str", "str"]);
      const makeBias = library.func("llama_sampler_init_logit_bias", "void *", ["int", "int", "void *"]);
      const { api, model } = await openStarter();
      const vocab = api.modelVocab(model.pointer);
      const size = model.vocabularySize;
      const context = await api.makeContext(model.pointer, {
        ...api.contextDefaultParams(),
        n_ctx: 512,
        n_seq_max: 2,
        n_threads: 1,
      });
      async function decodeOne() {
        const batch = api.batchInit(1, 0, 1);
        for (const pointer of [batch.token, batch.pos]) new Int32Array(koffi.view(pointer, 4))[0] = 0;
        new Int32Array(koffi.view(batch.n_seq_id, 4))[0] = 1;
        new Int32Array(koffi.view(new BigUint64Array(koffi.view(batch.seq_id, 8))[0], 4))[0] = 0;
        new Int8Array(koffi.view(batch.logits, 1))[0] = 1;
        batch.n_tokens = 1;
        if ((await api.decodeAsync(context, batch)) !== 0) process.exit(9);
      }
      ${trap}
      process.exit(0);`;
    // Without a debugger's backtrace, which would only take time.
    const env = { GGML_NO_BACKTRACE: "1" };
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { env, stdio: "ignore" });
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    expect({ code, signal }).toEqual({ code: null, signal: "SIGABRT" });
  });
});
