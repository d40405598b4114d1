import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { writeCommand } from "./command.ts";
import { openInlineDatabase } from "./inline-database.ts";
import { migrate } from "./migrate.ts";
import { countOrganisations, insertOrganisation } from "./sqlite-faults.test-commands.ts";
import { openThreadedDatabase } from "./threaded-database.ts";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "shobar-threads-"));
  file = join(folder, "shobar.db");
  const database = openInlineDatabase(file);
  await database.run(migrate, { now: 1 });
  await database.close();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const workerEntry = new URL("./sqlite-faults.test-worker.ts", import.meta.url);

describe("The threaded database", () => {
  test("takes many writes at once, and a read after them sees them all", async () => {
    const database = openThreadedDatabase({ file, workerEntry, onCrash: (error) => expect.unreachable(error.message) });
    const ids = Array.from({ length: 500 }, (_, index) => `organisation-${index}`);
    await Promise.all(ids.map((id) => database.run(insertOrganisation, { id })));
    expect(await database.run(countOrganisations, {})).toBe(500);
    await database.close();
  });

  test("keeps the other writes of a batch when one fails", async () => {
    const database = openThreadedDatabase({ file, workerEntry, onCrash: (error) => expect.unreachable(error.message) });
    const results = await Promise.allSettled(["a", "a", "b"].map((id) => database.run(insertOrganisation, { id })));
    expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await database.run(countOrganisations, {})).toBe(2);
    await database.close();
  });

  test("finishes what it was asked before it closes, and refuses what comes later", async () => {
    const database = openThreadedDatabase({ file, workerEntry, onCrash: (error) => expect.unreachable(error.message) });
    const write = database.run(insertOrganisation, { id: "a" });
    await database.close();
    await expect(write).resolves.toBeUndefined();
    await expect(database.run(insertOrganisation, { id: "b" })).rejects.toMatchObject({ code: "database_busy" });
  });

  test("says when one of its threads has died", async () => {
    const { promise: crashed, resolve } = Promise.withResolvers<Error>();
    const database = openThreadedDatabase({ file: join(folder, "missing", "x.db"), workerEntry, onCrash: resolve });
    expect((await crashed).message).toMatch(/unable to open/);
    await database.close();
  });

  test("answers a command that its threads do not know with an error that names it", async () => {
    const database = openThreadedDatabase({ file, workerEntry, onCrash: (error) => expect.unreachable(error.message) });
    const unknown = writeCommand("test.unknown", async (_db, _args: Record<string, never>) => {});
    await expect(database.run(unknown, {})).rejects.toThrow("no such database command: test.unknown");
    await database.close();
  });
});
