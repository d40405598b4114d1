// What the database promises when commands, disks, migrations or whole processes fail.
import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { seededRandom } from "../../../tests/support/seeded-random.ts";
import { AppError } from "../errors.ts";
import { readCommand, writeCommand } from "./command.ts";
import { openInlineDatabase } from "./inline-database.ts";
import { migrate, type Migration } from "./migrate.ts";
import { migrations } from "./migrations/migrations.ts";
import { runWrites } from "./run-commands.ts";
import { openSqliteConnection, requireSqliteVersion } from "./sqlite-connection.ts";
import { countOrganisations, insertOrganisation } from "./sqlite-faults.test-commands.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-database-"));
  file = join(folder, "shobar.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const fail = writeCommand("organisations.fail", async (db, { id }: { id: string }) => {
  await db.insertInto("organisations").values({ id, name: "half", created_at: 1 }).execute();
  throw new AppError("email_taken");
});

describe("A group commit", () => {
  test("keeps every command but the one that fails, of which nothing stays", async () => {
    const database = openInlineDatabase(file);
    await database.run(migrate, { now: 1 });
    await database.close();
    const connection = openSqliteConnection({ file });
    const outcomes = await runWrites(connection, [
      { command: insertOrganisation, args: { id: "a" } },
      { command: fail, args: { id: "b" } },
      { command: insertOrganisation, args: { id: "c" } },
    ]);
    expect(outcomes.map(({ ok }) => ok)).toEqual([true, false, true]);
    const rows = await connection.db.selectFrom("organisations").select("id").orderBy("id").execute();
    expect(rows.map(({ id }) => id)).toEqual(["a", "c"]);
    connection.close();
  });

  test("that cannot be written tells every command so, and the next one works", async () => {
    const database = openInlineDatabase(file);
    await database.run(migrate, { now: 1 });
    await database.close();
    const connection = openSqliteConnection({ file });
    const { page_count: pages } = connection.read<{ page_count: number }>("PRAGMA page_count");
    connection.exec(`PRAGMA max_page_count = ${pages}`);
    const long = { command: insertOrganisation, args: { id: "long", name: "x".repeat(100_000) } };
    const [refused] = await runWrites(connection, [long]);
    expect(refused).toMatchObject({ ok: false, error: { code: "disk_full", retryable: true } });
    connection.exec("PRAGMA max_page_count = 100000");
    expect(await runWrites(connection, [long])).toMatchObject([{ ok: true }]);
    connection.close();
  });
});

describe("A disk that is full", () => {
  test("at 200 points refuses whole commits, keeps every acknowledged one, and hinders nothing afterwards", async () => {
    const random = seededRandom(7);
    const setup = openInlineDatabase(file);
    await setup.run(migrate, { now: 1 });
    await setup.close();
    const connection = openSqliteConnection({ file });
    const kept = new Set<string>();
    let refusals = 0;
    for (let point = 0; point < 200; point++) {
      const { page_count: pages } = connection.read<{ page_count: number }>("PRAGMA page_count");
      connection.exec(`PRAGMA max_page_count = ${pages + Math.floor(random() * 12)}`);
      for (let group = 0, isRefused = false; !isRefused; group++) {
        const ids = [0, 1, 2].map((number) => `${point}-${group}-${number}`);
        const outcomes = await runWrites(
          connection,
          ids.map((id) => ({
            command: insertOrganisation,
            args: { id, name: "x".repeat(Math.floor(random() * 12_000)) },
          })),
        );
        isRefused = outcomes.some(({ ok }) => !ok);
        expect(outcomes.every(({ ok }) => ok === !isRefused)).toBe(true);
        if (isRefused) {
          refusals += 1;
          expect(outcomes[0]).toMatchObject({ error: { code: "disk_full" } });
        } else {
          ids.forEach((id) => kept.add(id));
        }
      }
      connection.exec("PRAGMA max_page_count = 1000000");
      const [after] = await runWrites(connection, [{ command: insertOrganisation, args: { id: `${point}-after` } }]);
      expect(after).toMatchObject({ ok: true });
      kept.add(`${point}-after`);
    }
    connection.close();
    const reopened = openSqliteConnection({ file });
    const rows = await reopened.db.selectFrom("organisations").select("id").execute();
    expect(reopened.read<{ integrity_check: string }>("PRAGMA integrity_check").integrity_check).toBe("ok");
    reopened.close();
    expect(refusals).toBe(200);
    expect(new Set(rows.map(({ id }) => id))).toEqual(kept);
  }, 120_000);
});

describe("A migration", () => {
  const second: Migration = {
    name: "9998-second",
    async up(db) {
      await db.schema.createTable("extra").addColumn("id", "text").execute();
    },
  };
  const broken: Migration = {
    name: "9999-broken",
    async up(db) {
      await db.schema.createTable("half").addColumn("id", "text").execute();
      throw new Error("the power of this test");
    },
  };

  test("that fails leaves the database as it was, with the older migrations of the same start undone too", async () => {
    const database = openInlineDatabase(file);
    await database.run(migrate, { now: 1 });
    await database.run(insertOrganisation, { id: "kept" });
    const wanted = [...migrations, second, broken];
    await expect(database.run(migrate, { now: 2, migrations: wanted })).rejects.toMatchObject({
      code: "migration_failed",
      details: { migration: "9999-broken" },
    });
    expect(await tablesOf(file)).not.toContain("extra");
    expect(await tablesOf(file)).not.toContain("half");
    expect(await database.run(migrate, { now: 3 })).toEqual([]);
    expect(await database.run(countOrganisations, {})).toBe(1);
    await database.close();
  });

  test("of a newer version makes this version refuse the database and change nothing", async () => {
    const database = openInlineDatabase(file);
    await database.run(migrate, { now: 1, migrations: [...migrations, second] });
    await expect(database.run(migrate, { now: 2 })).rejects.toMatchObject({
      code: "data_folder_newer",
      details: { migration: "9998-second" },
    });
    expect(await database.run(migrate, { now: 3, migrations: [...migrations, second] })).toEqual([]);
    await database.close();
  });

  test("is applied once, whatever the number of starts", async () => {
    for (const applied of [migrations.map(({ name }) => name), [], []]) {
      const database = openInlineDatabase(file);
      expect(await database.run(migrate, { now: 1 })).toEqual(applied);
      await database.close();
    }
  });
});

describe("A process that is killed", () => {
  test("loses no write that it acknowledged", async () => {
    const setup = openInlineDatabase(file);
    await setup.run(migrate, { now: 1 });
    await setup.close();
    let acknowledged = 0;
    for (const killAfter of [1, 57, 130]) {
      const child = fork(join(import.meta.dirname, "sqlite-faults.test-writer.ts"), [file]);
      const target = acknowledged + killAfter;
      child.on("message", () => {
        acknowledged++;
        if (acknowledged === target) {
          child.kill("SIGKILL");
        }
      });
      await once(child, "close");
      const database = openInlineDatabase(file);
      const kept = await database.run(countOrganisations, {});
      await database.close();
      expect(kept).toBeGreaterThanOrEqual(acknowledged);
      // Written but not acknowledged yet when it was killed.
      acknowledged = kept;
    }
    expect(acknowledged).toBeGreaterThanOrEqual(188);
  }, 30_000);
});

test.each(["3.51.2", "3.9.0", "2.99.99", "0"])("SQLite %s is refused: it can damage a database", (version) => {
  expect(() => requireSqliteVersion(version)).toThrow(expect.objectContaining({ code: "sqlite_too_old" }));
});

test.each(["3.51.3", "3.52.0", "4.0.0"])("SQLite %s is accepted", (version) => {
  expect(() => requireSqliteVersion(version)).not.toThrow();
});

const listTables = readCommand("test.tables", async (db, _args: Record<string, never>) => {
  const tables = await db.introspection.getTables();
  return tables.map(({ name }) => name);
});

async function tablesOf(path: string): Promise<string[]> {
  const database = openInlineDatabase(path);
  const tables = await database.run(listTables, {});
  await database.close();
  return tables;
}
