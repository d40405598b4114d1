import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { findLlamaLibrary } from "../../src/inference/local/find-llama-library.ts";
import { createLocalEngine } from "../../src/inference/local/local-engine.ts";
import { defaultEngineSettings } from "../../src/inference/local/local-engine-options.ts";
import type { ModelEvent } from "../../src/inference/model-call.ts";
import { AppError } from "../../src/platform/errors.ts";

const root = join(import.meta.dirname, "../..");
const model = "smollm2-135m-instruct";
const kills = 200;

test("200 times kill -9 of the engine with four streams: every stream ends clearly, and the next question is answered", async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), "shobar-kills-"));
  const engine = createLocalEngine({
    places: async () => [],
    starterFolder: join(root, "models"),
    dataFolder,
    workerEntry: join(root, "src/inference/local/engine-worker.ts"),
    findLibraryFolder: () => findLlamaLibrary(),
    settings: { ...defaultEngineSettings, threads: 2 },
    logger: pino({ level: "silent" }),
  });
  const ask = (words: string, maxOutputTokens: number): AsyncIterable<ModelEvent> =>
    engine.call({
      model,
      messages: [{ role: "user", content: words }],
      maxOutputTokens,
      lane: "interactive",
      userId: words,
      cacheScope: words,
      signal: new AbortController().signal,
    });
  const outcomes: string[] = [];
  const backAfterMs: number[] = [];
  try {
    await engine.load(model);
    for (let round = 0; round < kills; round += 1) {
      const streams = Array.from({ length: 4 }, (_, index) => read(ask(`Tell me story ${round}.${index}.`, 500)));
      await Promise.all(streams.map(({ started }) => started));
      process.kill(engine.loadedModels()[0]?.pid ?? 0, "SIGKILL");
      const killedAt = performance.now();
      outcomes.push(...(await Promise.all(streams.map(({ outcome }) => outcome))));
      expect(await read(ask("Are you back?", 4)).outcome).toBe("ended");
      backAfterMs.push(performance.now() - killedAt);
    }
  } finally {
    await engine.stop();
    await rm(dataFolder, { recursive: true });
  }
  backAfterMs.sort((first, second) => first - second);
  const [median = 0, worst = 0] = [backAfterMs[kills / 2], backAfterMs.at(-1)];
  console.log(
    `figure: a next answer was complete ${median.toFixed(0)} ms after a kill (median), ${worst.toFixed(0)} ms at worst`,
  );
  expect(outcomes).toHaveLength(4 * kills);
  expect(outcomes.filter((outcome) => outcome !== "engine_crashed")).toEqual([]);
});

function read(events: AsyncIterable<ModelEvent>): { started: Promise<void>; outcome: Promise<string> } {
  const started = Promise.withResolvers<void>();
  const outcome = (async () => {
    try {
      for await (const event of events) if (event.type === "text-delta") started.resolve();
      return "ended";
    } catch (error) {
      return error instanceof AppError ? error.code : String(error);
    }
  })();
  return { started: started.promise, outcome };
}
