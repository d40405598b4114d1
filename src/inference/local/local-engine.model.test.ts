// The whole way with the real library and the starter model: an answer, a killed engine, damaged files, memory.
import { constants, copyFile, mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutateHeader } from "../../../tests/support/mutate-header.ts";
import { splitModelFile } from "../../../tests/support/split-model-file.ts";
import { AppError } from "../../platform/errors.ts";
import type { ModelCallRequest, ModelEvent } from "../model-call.ts";
import { findLlamaLibrary } from "./find-llama-library.ts";
import { createLocalEngine } from "./local-engine.ts";
import { defaultEngineSettings, type LocalEngine } from "./local-engine-options.ts";

const starterFolder = join(import.meta.dirname, "../../../models");
const starterName = "SmolLM2-135M-Instruct.Q4_1.gguf";
const starterId = "smollm2-135m-instruct";
/** Found by trying: what these change is seen only by the loader, if at all. */
const seedsThatReaderPasses = [7, 63, 96, 105];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-engine-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

function anEngine(modelFolders: readonly string[] = []): LocalEngine {
  return createLocalEngine({
    places: async () => modelFolders.map((path) => ({ kind: "folder", path, placeId: null })),
    starterFolder,
    dataFolder: folder,
    workerEntry: join(import.meta.dirname, "engine-worker.ts"),
    findLibraryFolder: () => findLlamaLibrary(),
    settings: { ...defaultEngineSettings, threads: 2 },
    logger: pino({ level: "silent" }),
  });
}

function aRequest(words: string, changes: Partial<ModelCallRequest> = {}): ModelCallRequest {
  return {
    model: starterId,
    messages: [{ role: "user", content: words }],
    sampling: { temperature: 0 },
    maxOutputTokens: 12,
    lane: "interactive",
    userId: "ana",
    cacheScope: "ana",
    signal: new AbortController().signal,
    ...changes,
  };
}

const textOf = (events: readonly ModelEvent[]) =>
  events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");

describe("with the starter model", () => {
  let engine: LocalEngine;
  beforeAll(async () => {
    engine = anEngine();
    await engine.load(starterId);
  });
  afterAll(async () => {
    await engine.stop();
  });

  test("an answer in JSON fits its schema, ends where the limit is, and what cannot be enforced is refused at once", async () => {
    const schema = {
      type: "object",
      properties: { city: { type: "string", maxLength: 30 }, people: { type: "integer", minimum: 1, maximum: 99 } },
      required: ["city", "people"],
      additionalProperties: false,
    };
    const format = (given: unknown): ModelCallRequest["responseFormat"] => {
      return { type: "json-schema", name: "city", schema: given, strict: false };
    };
    const ask = (given: unknown, maxOutputTokens: number) => {
      const request = aRequest("Name a city.", { responseFormat: format(given), maxOutputTokens });
      return Array.fromAsync(engine.call(request));
    };
    const { pid } = engine.loadedModels()[0]!;
    const whole = await ask(schema, 200);
    expect(whole.at(-1)).toMatchObject({ finishReason: "stop" });
    expect(JSON.parse(textOf(whole))).toEqual({ city: expect.any(String), people: expect.any(Number) });
    const cut = await ask(schema, 3);
    expect(cut.at(-1)).toMatchObject({ finishReason: "length" });
    await expect(ask({ not: {} }, 9)).rejects.toMatchObject({ code: "unsupported_schema" });
    const object = aRequest("Say something.", { responseFormat: { type: "json-object" }, maxOutputTokens: 5 });
    expect(textOf(await Array.fromAsync(engine.call(object)))).toMatch(/^\{/);
    const biased = aRequest("Hi", { logitBias: { 700: 100 }, maxOutputTokens: 3 });
    const plain = aRequest("Hi", { maxOutputTokens: 3 });
    expect(textOf(await Array.fromAsync(engine.call(biased)))).not.toBe(
      textOf(await Array.fromAsync(engine.call(plain))),
    );
    const unknown = aRequest("Hi", { logitBias: { 999_999: 1 } });
    await expect(Array.fromAsync(engine.call(unknown))).rejects.toMatchObject({ code: "invalid_request" });
    expect(engine.loadedModels()[0]?.pid).toBe(pid);
  });

  test("a question is answered, and asking the same again computes almost nothing of it", async () => {
    const first = await Array.fromAsync(engine.call(aRequest("Write one sentence about the sea.")));
    expect(textOf(first)).toMatch(/\w+ \w+ \w+/);
    const again = await Array.fromAsync(engine.call(aRequest("Write one sentence about the sea.")));
    expect(textOf(again)).toBe(textOf(first));
    const end = again.at(-1);
    const usage = end?.type === "call-end" ? end.usage : null;
    expect(usage!.promptTokens - usage!.cachedTokens).toBeLessThan(5);
  });

  test("a special token that a person types is many tokens, not one", async () => {
    const tokens = async (words: string) => {
      const start = (await Array.fromAsync(engine.call(aRequest(words, { maxOutputTokens: 1 })))).find(
        (event) => event.type === "call-start",
      );
      return (start?.type === "call-start" ? start.promptTokens : null) ?? 0;
    };
    expect((await tokens("<|im_start|>")) - (await tokens("x"))).toBeGreaterThan(3);
  });

  test("a conversation that does not fit is refused before it starts, with both numbers", async () => {
    const words = "and one more word ".repeat(3000);
    await expect(Array.fromAsync(engine.call(aRequest(words)))).rejects.toMatchObject({
      code: "context_length_exceeded",
      details: { promptTokens: expect.any(Number), contextTokens: 8192 },
    });
  });

  // Only Linux tells what a process holds.
  test.runIf(process.platform === "linux")("what memory was planned is what it takes, within 10 percent", async () => {
    const [model] = engine.loadedModels();
    const measured = residentBytes(await readFile(`/proc/${model?.pid ?? 0}/smaps`, "utf8"));
    expect(Math.abs(measured - (model?.plannedBytes ?? 0)) / measured).toBeLessThan(0.1);
  });

  test("kill -9 with four streams: each ends with a retryable error, and the engine answers again", async () => {
    const long = { maxOutputTokens: 500, sampling: { temperature: 1, seed: 1 } };
    const started = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
    const outcomes = started.map(async ({ resolve }, index) => {
      for await (const event of engine.call(aRequest(`Tell me story ${index}.`, long))) {
        if (event.type === "text-delta") resolve();
      }
    });
    const settled = Promise.allSettled(outcomes);
    await Promise.all(started.map(({ promise }) => promise));
    process.kill(engine.loadedModels()[0]?.pid ?? 0, "SIGKILL");
    for (const outcome of await settled) {
      const error: unknown = outcome.status === "rejected" ? outcome.reason : null;
      expect(error).toMatchObject({ code: "engine_crashed", retryable: true });
    }
    expect(textOf(await Array.fromAsync(engine.call(aRequest("Are you back?"))))).not.toBe("");
  });
});

describe("damaged copies of the starter model", () => {
  test("what the reader lets pass is loaded or refused in a child, and this process lives", async () => {
    const path = join(folder, "damaged.gguf");
    await copyFile(join(starterFolder, starterName), path, constants.COPYFILE_FICLONE);
    const handle = await open(path, "r+");
    const header = Buffer.alloc(8192);
    await handle.read(header, 0, header.length, 0);
    const outcomes: string[] = [];
    try {
      for (const seed of seedsThatReaderPasses) {
        await handle.write(mutateHeader(header, 6000, seed), 0, undefined, 0);
        const engine = anEngine([folder]);
        const outcome = await engine.load("damaged").then(
          () => "loaded",
          (error: unknown) => (error instanceof AppError ? error.code : String(error)),
        );
        outcomes.push(outcome);
        await engine.stop();
        await handle.write(header, 0, header.length, 0);
      }
    } finally {
      await handle.close();
    }
    for (const outcome of outcomes) expect(["loaded", "model_file_invalid", "model_load_failed"]).toContain(outcome);
  });
});

/** Anonymous memory and libraries as they are, the model file in full, and of node's program the half that is ours. */
function residentBytes(smaps: string): number {
  let bytes = 0;
  for (const region of smaps.split(/(?=^[0-9a-f]+-[0-9a-f]+ )/m)) {
    const name = region.slice(0, region.indexOf("\n"));
    const resident = Number(/^Rss:\s+(\d+) kB/m.exec(region)?.[1] ?? 0) * 1024;
    bytes += name.endsWith("/node") ? resident / 2 : resident;
  }
  return bytes;
}

test("a model in parts answers as the whole one does", async () => {
  const parts = await mkdtemp(join(tmpdir(), "shobar-parts-"));
  const split = splitModelFile(await readFile(join(starterFolder, starterName)));
  for (const [index, bytes] of split.entries()) {
    await writeFile(join(parts, `smol-0000${index + 1}-of-00002.gguf`), bytes);
  }
  const engine = anEngine([parts]);
  try {
    const listed = (await engine.listModels()).find(({ id }) => id === "smol");
    expect(listed?.sizeBytes).toBe(split[0].length + split[1].length);
    const whole = textOf(await Array.fromAsync(engine.call(aRequest("Say hello."))));
    expect(textOf(await Array.fromAsync(engine.call(aRequest("Say hello.", { model: "smol" }))))).toBe(whole);
  } finally {
    await engine.stop();
    await rm(parts, { recursive: true });
  }
});
