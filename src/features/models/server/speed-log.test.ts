import { beforeEach, expect, test } from "vitest";
import { describeEachDialect } from "../../../../tests/support/each-dialect.ts";
import type { MeasuredAnswer } from "../../../inference/local/measure-answer.ts";
import type { Database } from "../../../platform/database/command.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import { createSpeedLog, readSpeeds, type SpeedLogParts } from "./speed-log.ts";

const anAnswer: MeasuredAnswer = { modelId: "a", bytesPerToken: 100, tokensPerSecond: 20, wordsPerToken: 0.7 };

describeEachDialect("The log of speeds", (open) => {
  let db: Database;
  let organisationId: string;
  let now: number;
  let warnings: unknown[];

  beforeEach(async () => {
    db = await open();
    now = 1_000_000;
    warnings = [];
    organisationId = await ensureOrganisation({ db, clock: () => now });
  });

  function aLog(changes: Partial<SpeedLogParts> = {}) {
    const logger = { warn: (what: unknown) => warnings.push(what) };
    return createSpeedLog({ db, clock: () => now, logger, organisationId, machine: "Two cores", ...changes });
  }

  const kept = async () =>
    (await readSpeeds(db, organisationId)).map(({ modelId, samples }) => [
      modelId,
      ...samples.map(({ tokensPerSecond }) => tokensPerSecond),
    ]);

  test("is there again after a restart and goes on", async () => {
    const before = aLog();
    before.record(anAnswer);
    before.record({ ...anAnswer, tokensPerSecond: 30 });
    await before.keep();
    const after = aLog();
    after.record({ ...anAnswer, tokensPerSecond: 40 });
    await after.keep();
    expect(await kept()).toEqual([["a", 20, 30, 40]]);
    expect(warnings).toEqual([]);
  });

  test("begins anew on another machine", async () => {
    const before = aLog();
    before.record(anAnswer);
    await before.keep();
    await aLog({ machine: "Sixteen cores" }).keep();
    expect(await kept()).toEqual([]);
  });

  test("writes the first answer of a model at once and further ones at most once a minute", async () => {
    let writes = 0;
    const counted: Database = {
      ...db,
      run: (command, args) => {
        if (command.name === "settings.save") writes += 1;
        return db.run(command, args);
      },
    };
    const log = aLog({ db: counted });
    for (const tokensPerSecond of [20, 30, 40]) log.record({ ...anAnswer, tokensPerSecond });
    await log.keep();
    expect(writes).toBe(2);
    now += 60_000;
    log.record({ ...anAnswer, tokensPerSecond: 50 });
    await log.keep();
    expect(writes).toBe(3);
    expect(await kept()).toEqual([["a", 20, 30, 40, 50]]);
  });

  test("keeps what could not be written for the next time", async () => {
    let isFull = true;
    const full: Database = {
      ...db,
      run: (command, args) =>
        isFull && command.name === "settings.save" ? Promise.reject(new Error("disk full")) : db.run(command, args),
    };
    const log = aLog({ db: full });
    log.record(anAnswer);
    await log.keep();
    expect(await kept()).toEqual([]);
    expect(warnings).toHaveLength(2);
    isFull = false;
    await log.keep();
    expect(await kept()).toEqual([["a", 20]]);
  });
});
