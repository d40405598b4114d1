import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFakeModel } from "../../../../tests/support/fake-model.ts";
import { engineNeverStarted } from "../../../../tests/support/engine-never-started.ts";
import { purposes } from "../../../inference/catalogue/catalogue-entry.ts";
import { modelCatalogue } from "../../../inference/catalogue/model-catalogue.ts";
import { supportStates } from "../../../inference/catalogue/support.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import type { Database } from "../../../platform/database/command.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { createSpeedLog } from "../../models/server/speed-log.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import { Purpose, searchCatalogue, Support } from "../contract.ts";
import { createCatalogue } from "./catalogue.ts";

let db: Database;
let organisationId: string;
let folder: string;
beforeEach(async () => {
  db = openInlineDatabase(":memory:");
  await db.run(migrate, { now: 1 });
  organisationId = await ensureOrganisation({ db, clock: () => 1 });
  folder = await mkdtemp(join(tmpdir(), "shobar-catalogue-"));
});
afterEach(async () => {
  await db.close();
  await rm(folder, { recursive: true });
});

const freeBytes = 8_000_000_000;
const listed = (models = createFakeModel()) => {
  const files = engineNeverStarted(folder, folder, { freeBytes });
  return createCatalogue({ db, caller: models, files }).list({ organisationId });
};
const named = async (id: string, models?: ReturnType<typeof createFakeModel>) =>
  (await listed(models)).find((model) => model.id === id)!;

describe("The catalogue on this machine", () => {
  test("says of each model whether it fits, with the numbers of the memory plan", async () => {
    const small = await named("qwen3-0.6b");
    expect(small.memory).toMatchObject({ fits: true, freeBytes });
    expect(small.memory!.neededBytes).toBeGreaterThan(small.sizeBytes);
    const large = await named("qwen3-30b-a3b-instruct-2507");
    expect(large.memory).toMatchObject({ fits: false });
    expect(large.speed).toBeNull();
  });

  test("says how fast each would be once anything was measured here, by what it reads for a token", async () => {
    expect((await named("qwen3-4b")).speed).toBeNull();
    const speeds = createSpeedLog({ db, clock: () => 1, logger: { warn: () => {} }, organisationId, machine: "a" });
    speeds.record({ modelId: "other", bytesPerToken: 2_497_280_256, tokensPerSecond: 10, wordsPerToken: 0.75 });
    await speeds.keep();
    expect((await named("qwen3-4b")).speed).toMatchObject({ tokensPerSecond: 10, basis: "estimated" });
    const twice = (await named("qwen3-8b")).speed!;
    expect(twice.tokensPerSecond).toBeCloseTo(10 * (2_497_280_256 / 5_027_783_488), 1);
  });

  test("knows a model that is here by the size of its file, and says the speed that was measured of it", async () => {
    const models = createFakeModel({ id: "mine", sizeBytes: 2_497_280_256 });
    expect((await named("qwen3-4b", models)).modelId).toBe("mine");
    expect((await named("qwen3-8b", models)).modelId).toBeNull();
  });

  test("speaks of the same purposes as the page does", () => {
    expect(Purpose.options).toEqual([...purposes]);
    expect(Support.options).toEqual([...supportStates]);
  });
});

describe("A search", () => {
  test("finds by name, publisher, licence and repository, all words together, whatever their case", async () => {
    const all = await listed();
    const found = (words: string) => searchCatalogue(all, { words }).map(({ id }) => id);
    expect(found("QWEN 14b")).toEqual(["deepseek-r1-distill-qwen-14b", "qwen3-14b"]);
    expect(found("meta")).toEqual(["llama-3.2-1b", "llama-3.2-3b", "llama-3.1-8b"]);
    expect(found("gemma terms 4b")).toEqual(["gemma-3-4b"]);
    expect(found("nothing like that")).toEqual([]);
    expect(found("  ")).toHaveLength(modelCatalogue.length);
  });

  test("finds by language and by purpose", async () => {
    const all = await listed();
    const bengali = searchCatalogue(all, { language: "bn", purpose: "thinking" }).map(({ id }) => id);
    expect(bengali).toEqual(["qwen3-0.6b", "qwen3-1.7b", "qwen3-4b", "qwen3-8b", "qwen3-14b"]);
    expect(searchCatalogue(all, { language: "xx" })).toEqual([]);
    const inBengali = searchCatalogue(all, { language: "bn" });
    expect(inBengali.length).toBeGreaterThan(4);
    for (const words of ["bangla", "Bengali", "বাংলা"]) expect(searchCatalogue(all, { words })).toEqual(inBengali);
  });
});
