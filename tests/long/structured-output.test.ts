// Structured output at its full numbers.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findLlamaLibrary } from "../../src/inference/local/find-llama-library.ts";
import { createLocalEngine } from "../../src/inference/local/local-engine.ts";
import { defaultEngineSettings } from "../../src/inference/local/local-engine-options.ts";
import { openStarter, type Starter } from "../../src/inference/local/open-starter.ts";
import { AppError } from "../../src/platform/errors.ts";
import { randomSchema } from "../support/random-schemas.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { judge, walkGrammars } from "../support/walk-grammars.ts";

let starter: Starter;
beforeAll(async () => {
  starter = await openStarter();
});
afterAll(() => starter.model.free());

test("10,000 random schemas against random logits, biases and stops: every whole answer fits its schema", () => {
  const seed = Date.now() % 1_000_000_000;
  const walks = walkGrammars(starter, { seed, count: 10_000 });
  expect(walks.faults).toEqual([]);
  expect(walks.whole).toBeGreaterThan(5_000);
});

test("100 random schemas with the starter model: every whole answer fits, in one and the same process", async () => {
  const seed = Date.now() % 1_000_000_000;
  const folder = await mkdtemp(join(tmpdir(), "shobar-structured-"));
  const local = join(import.meta.dirname, "../../src/inference/local");
  const engine = createLocalEngine({
    places: async () => [],
    starterFolder: join(import.meta.dirname, "../../models"),
    dataFolder: folder,
    workerEntry: join(local, "engine-worker.ts"),
    findLibraryFolder: () => findLlamaLibrary(),
    settings: { ...defaultEngineSettings, threads: 2 },
    logger: pino({ level: "silent" }),
  });
  try {
    const { id } = await engine.load("smollm2-135m-instruct");
    const pid = engine.loadedModels()[0]?.pid;
    const problems: string[] = [];
    let whole = 0;
    for (let index = 0; index < 100; index += 1) {
      const schema = randomSchema(seededRandom(seed + index));
      try {
        let text = "";
        for await (const event of engine.call({
          model: id,
          messages: [{ role: "user", content: "Answer in JSON, short." }],
          sampling: { seed: index },
          maxOutputTokens: 200,
          responseFormat: { type: "json-schema", name: "any", schema, strict: false },
          lane: "api",
          userId: "ana",
          cacheScope: "ana",
          signal: AbortSignal.timeout(120_000),
        })) {
          if (event.type === "text-delta") text += event.text;
          if (event.type !== "call-end" || event.finishReason !== "stop") continue;
          whole += 1;
          const problem = judge(schema, text);
          if (problem !== null) problems.push(`seed ${seed + index}: ${text}: ${problem}`);
        }
      } catch (error) {
        const isRefusal = error instanceof AppError && /^unsat|^unsup/.test(error.code);
        if (!isRefusal) problems.push(`seed ${seed + index}: ${String(error)}`);
      }
    }
    expect(problems).toEqual([]);
    expect(whole).toBeGreaterThan(30);
    expect(engine.loadedModels()[0]?.pid).toBe(pid);
  } finally {
    await engine.stop();
    await rm(folder, { recursive: true });
  }
});
