import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readModelFile } from "../../src/inference/local/model-file.ts";
import { AppError } from "../../src/platform/errors.ts";
import { aModelFile, buildModelFile } from "../support/build-model-file.ts";
import { mutateHeader } from "../support/mutate-header.ts";

test("10,000 damaged headers are each read or refused by name, quickly and without filling the memory", async () => {
  const firstSeed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  const folder = await mkdtemp(join(tmpdir(), "shobar-mutations-"));
  const path = join(folder, "tiny.gguf");
  const original = buildModelFile(aModelFile());
  const faults: string[] = [];
  let slowestMs = 0;
  try {
    for (let seed = firstSeed; seed < firstSeed + 10_000; seed += 1) {
      await writeFile(path, mutateHeader(original, original.length - 1300, seed));
      const startedAt = performance.now();
      await readModelFile(path).catch((error: unknown) => {
        if (!(error instanceof AppError) || error.code !== "model_file_invalid")
          faults.push(`seed ${seed}: ${String(error)}`);
      });
      slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
  expect(faults).toEqual([]);
  expect(slowestMs).toBeLessThan(2000);
  expect(process.memoryUsage.rss()).toBeLessThan(500_000_000);
});
