import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { placeFirstVersion } from "../../../tests/support/museum/open-museum.ts";
import type { Migration } from "../database/migrate.ts";
import { migrations } from "../database/migrations/migrations.ts";
import { readKeyFile, writeKeyFile } from "../secrets/key-file.ts";
import { rollBackDataFolder } from "./rollback-data-folder.ts";
import { listSnapshots } from "./snapshots.ts";
import { hashTables } from "./table-hashes.ts";
import { upgradeDataFolder, type UpgradeRequest } from "./upgrade-data-folder.ts";

let dataFolder: string;
let databaseFile: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), "shobar-upgrade-"));
  databaseFile = join(dataFolder, "shobar.db");
});
afterEach(() => rmSync(dataFolder, { recursive: true, force: true }));

const names = (wanted: readonly Migration[]): string[] => wanted.map(({ name }) => name);
let now = 1_790_000_000_000;
const upgrade = (more: Partial<UpgradeRequest> = {}) =>
  upgradeDataFolder({ dataFolder, databaseFile, version: "0.2.0", now: (now += 60_000), ...more });
const rollback = (snapshot?: string) =>
  rollBackDataFolder({ dataFolder, snapshot, now, confirm: () => Promise.resolve(true) });

function change(statement: string): void {
  const database = new DatabaseSync(databaseFile);
  database.exec(statement);
  database.close();
}

function appliedMigrations(): string[] {
  const database = new DatabaseSync(databaseFile, { readOnly: true });
  const rows = database.prepare("SELECT name FROM schema_migrations ORDER BY name").all() as { name: string }[];
  database.close();
  return rows.map(({ name }) => name);
}

/** Every table but those that an upgrade itself writes to. */
function contentOf(like = hashTables(databaseFile)) {
  return like.filter(({ table }) => table !== "schema_migrations" && table !== "versions");
}

describe("An upgrade from version 0.1.0", () => {
  test("keeps every row of every table, and going back brings every row back", async () => {
    placeFirstVersion(databaseFile);
    const before = contentOf();
    expect(before.every(({ rows }) => rows > 0)).toBe(true);
    const upgraded = await upgrade();
    expect(upgraded).toMatchObject({ fromVersion: "0.1.0", toVersion: "0.2.0" });
    expect(upgraded?.migrations).toEqual(names(migrations).slice(1));
    expect(hashTables(databaseFile, before)).toEqual(before);
    change("DELETE FROM grants");
    const { snapshot, kept } = await rollback();
    expect(snapshot.fromVersion).toBe("0.1.0");
    expect(contentOf()).toEqual(before);
    expect(existsSync(kept ?? "")).toBe(true);
    // The old version's database again: upgraded again, from the same to the same.
    expect(await upgrade()).toMatchObject({ fromVersion: "0.1.0", migrations: names(migrations).slice(1) });
    expect(hashTables(databaseFile, before)).toEqual(before);
  });

  test("brings its key back with it where another one is there now", async () => {
    placeFirstVersion(databaseFile);
    const [first, other] = [randomBytes(32), randomBytes(32)];
    await writeKeyFile(dataFolder, [first]);
    await upgrade();
    await writeKeyFile(dataFolder, [other]);
    await rollback();
    expect(readKeyFile(dataFolder)).toEqual([first, other]);
  });

  test("is told once, and a later version of the program without a new schema is told too", async () => {
    placeFirstVersion(databaseFile);
    await upgrade();
    expect(await upgrade()).toBeNull();
    expect(await upgrade({ version: "0.2.1" })).toEqual({
      fromVersion: "0.2.0",
      toVersion: "0.2.1",
      migrations: [],
      snapshot: null,
    });
    expect(await upgrade({ version: "0.2.1" })).toBeNull();
    // Back to an older program with the same schema, while the clock was set back.
    expect(await upgrade({ version: "0.2.0", now: 5 })).toMatchObject({ fromVersion: "0.2.1", toVersion: "0.2.0" });
    expect(await upgrade({ version: "0.2.0", now: 6 })).toBeNull();
  });

  test("of a new, empty database is none, and makes no snapshot", async () => {
    expect(await upgrade()).toBeNull();
    expect(listSnapshots(dataFolder)).toEqual([]);
    expect(appliedMigrations()).toEqual(names(migrations));
  });
});

describe("Before the schema is touched", () => {
  test("a disk without room for the snapshot is refused with the numbers, and nothing is changed", async () => {
    placeFirstVersion(databaseFile);
    const before = readFileSync(databaseFile);
    await expect(upgrade({ freeBytesOf: () => 1_000_000 })).rejects.toMatchObject({
      code: "snapshot_no_space",
      details: { free: "1.0 MB", needed: expect.stringMatching(/^6\d MB$/) },
    });
    expect(readFileSync(databaseFile).equals(before)).toBe(true);
    expect(listSnapshots(dataFolder)).toEqual([]);
  });

  test.each([
    ["a missing index", "DROP INDEX messages_tree", "the index messages_tree is missing"],
    ["a missing table", "DROP TABLE grants", "the table grants is missing"],
    ["a table with another column", "ALTER TABLE chats ADD COLUMN pinned text", "the table chats is another one"],
    [
      "a trigger",
      "CREATE TRIGGER spy AFTER INSERT ON messages BEGIN DELETE FROM grants; END",
      "there is a trigger spy that is not ours",
    ],
  ])("%s that is not in the record is refused", async (_, statement, problem) => {
    placeFirstVersion(databaseFile);
    change(statement);
    await expect(upgrade()).rejects.toMatchObject({ code: "schema_unexpected", details: { problem } });
    expect(appliedMigrations()).toEqual(["0001-first"]);
    expect(listSnapshots(dataFolder)).toEqual([]);
  });

  test("tables of others, spaces, quotes and capitals in the schema's text are no difference", async () => {
    placeFirstVersion(databaseFile);
    change(`CREATE TABLE _replica_seq (id integer); CREATE INDEX reporting ON messages (created_at);
      DROP INDEX messages_tree; create   index "messages_tree" on messages(chat_id,"parent_id")`);
    expect(await upgrade()).toMatchObject({ fromVersion: "0.1.0" });
  });

  test("a migration that is recorded but was not made is refused", async () => {
    placeFirstVersion(databaseFile);
    change("INSERT INTO schema_migrations VALUES ('0002-settings', 1)");
    await expect(upgrade()).rejects.toMatchObject({
      code: "schema_unexpected",
      details: { problem: "the table settings is missing" },
    });
  });

  test("a database of a newer version is refused", async () => {
    placeFirstVersion(databaseFile);
    change("INSERT INTO schema_migrations VALUES ('0099-later', 1)");
    await expect(upgrade()).rejects.toMatchObject({ code: "data_folder_newer", details: { migration: "0099-later" } });
    expect(listSnapshots(dataFolder)).toEqual([]);
  });

  test("a damaged database is refused instead of being made worse", async () => {
    placeFirstVersion(databaseFile);
    const pages = readFileSync(databaseFile);
    // The page of an index, so that only the whole check finds it.
    const database = new DatabaseSync(databaseFile);
    const { rootpage } = database
      .prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'messages_parent'")
      .get() as {
      rootpage: number;
    };
    database.close();
    pages.fill(7, (rootpage - 1) * 4096 + 3000, rootpage * 4096);
    writeFileSync(databaseFile, pages);
    await expect(upgrade()).rejects.toMatchObject({ code: "database_damaged" });
    expect(appliedMigrations()).toEqual(["0001-first"]);
  });
});

describe("Snapshots", () => {
  test("of an upgrade that fails at every start do not push out those of earlier upgrades", async () => {
    placeFirstVersion(databaseFile);
    await upgrade();
    const broken: Migration = { name: "0099-broken", up: () => Promise.reject(new Error("the power of this test")) };
    for (const _ of [1, 2, 3, 4, 5]) {
      await expect(upgrade({ version: "0.3.0", migrations: [...migrations, broken] })).rejects.toMatchObject({
        code: "migration_failed",
      });
    }
    expect(listSnapshots(dataFolder).map(({ toVersion }) => toVersion)).toEqual(["0.3.0", "0.2.0"]);
  });

  test("of the last three upgrades are kept; what is not whole is cleared away", async () => {
    placeFirstVersion(databaseFile);
    const later = [1, 2, 3, 4].map((number): Migration => ({
      name: `9${number}00-later`,
      up: async (db) => {
        await db.schema.createTable(`later_${number}`).addColumn("id", "text").execute();
      },
    }));
    for (const count of [1, 2, 3, 4]) {
      await upgrade({ version: `0.${count + 1}.0`, migrations: [...migrations, ...later.slice(0, count)] });
    }
    expect(listSnapshots(dataFolder).map(({ toVersion }) => toVersion)).toEqual(["0.5.0", "0.4.0", "0.3.0"]);
    expect(listSnapshots(dataFolder)[0]?.migrations).toEqual([...names(migrations), ...names(later).slice(0, 3)]);
    // Any of them can be gone back to.
    const { snapshot } = await rollback(listSnapshots(dataFolder)[2]?.name);
    expect(snapshot.migrations).toEqual([...names(migrations), "9100-later"]);
    expect(appliedMigrations()).toEqual(snapshot.migrations);
  });
});

describe("Going back", () => {
  test("counts what it would lose, and without a yes changes nothing", async () => {
    placeFirstVersion(databaseFile);
    await upgrade();
    change(`INSERT INTO messages (id, organisation_id, owner_id, chat_id, parent_id, role, text, created_at)
      SELECT id || 'x', organisation_id, owner_id, chat_id, parent_id, role, text, created_at FROM messages;
      INSERT INTO users (id, organisation_id, name, email, role, password_hash, theme, created_at)
      SELECT 'new', organisation_id, name, 'new@example.org', 'member', '', 'dark', 1 FROM users LIMIT 1`);
    const before = hashTables(databaseFile);
    const asked: unknown[] = [];
    const refused = rollBackDataFolder({
      dataFolder,
      now,
      confirm: async ({ lost }) => asked.push(lost) === 0,
    });
    await expect(refused).rejects.toMatchObject({ code: "rollback_unconfirmed", details: { messages: 12, users: 1 } });
    expect(asked).toEqual([{ messages: 12, chats: 0, users: 1, api_keys: 0 }]);
    expect(hashTables(databaseFile)).toEqual(before);
    expect(readdirSync(dataFolder).filter((name) => name.includes("rollback"))).toEqual([]);
  });

  test("is refused where there is no snapshot, or none of that name", async () => {
    placeFirstVersion(databaseFile);
    await expect(rollback()).rejects.toMatchObject({ code: "snapshot_missing", details: { known: "none" } });
    await upgrade();
    await expect(rollback("monday")).rejects.toMatchObject({
      code: "snapshot_missing",
      details: { known: listSnapshots(dataFolder)[0]?.name },
    });
  });

  test("works where the database of now is damaged", async () => {
    placeFirstVersion(databaseFile);
    const before = contentOf();
    await upgrade();
    writeFileSync(databaseFile, "no database any more");
    const { lost, kept } = await rollback();
    expect(lost).toBeNull();
    expect(readFileSync(kept ?? "", "utf8")).toBe("no database any more");
    expect(contentOf()).toEqual(before);
  });
});

describe("A fault at any statement of an upgrade", () => {
  /** Fails at the number of a statement, before it has worked or after; counts them otherwise. */
  async function withFault(at: number, after: boolean, act: () => Promise<unknown>): Promise<{ statements: number }> {
    let statements = 0;
    const original = { exec: DatabaseSync.prototype.exec, run: StatementSync.prototype.run };
    const faulty = (work: () => unknown): unknown => {
      const number = statements++;
      if (number === at && !after) {
        throw new Error("the power of this test");
      }
      const result = work();
      if (number === at) {
        throw new Error("the power of this test");
      }
      return result;
    };
    DatabaseSync.prototype.exec = function exec(sql) {
      return /^(PRAGMA|ROLLBACK)/.test(sql)
        ? original.exec.call(this, sql)
        : void faulty(() => original.exec.call(this, sql));
    };
    StatementSync.prototype.run = function run(this: StatementSync, ...parameters: never[]) {
      return faulty(() => original.run.apply(this, parameters as never)) as ReturnType<StatementSync["run"]>;
    };
    try {
      await act();
    } finally {
      Object.assign(DatabaseSync.prototype, { exec: original.exec });
      Object.assign(StatementSync.prototype, { run: original.run });
    }
    return { statements };
  }

  test("leaves the old database or the new one, never a half, and the next start ends well", async () => {
    placeFirstVersion(databaseFile);
    const before = contentOf();
    const { statements } = await withFault(-1, false, () => upgrade());
    expect(statements).toBeGreaterThan(names(migrations).length * 2);
    const whole = { old: ["0001-first"], new: names(migrations) };
    const ends = { old: 0, new: 0 };
    for (const after of [false, true]) {
      for (let at = 0; at < statements; at++) {
        rmSync(dataFolder, { recursive: true, force: true });
        dataFolder = mkdtempSync(join(tmpdir(), "shobar-upgrade-"));
        databaseFile = join(dataFolder, "shobar.db");
        placeFirstVersion(databaseFile);
        await expect(
          withFault(at, after, () => upgrade()),
          `statement ${at}`,
        ).rejects.toThrow();
        const applied = appliedMigrations();
        const end = applied.length === 1 ? "old" : "new";
        expect(applied, `statement ${at} ${after ? "after" : "before"}`).toEqual(whole[end]);
        ends[end]++;
        await upgrade();
        expect(appliedMigrations()).toEqual(whole.new);
        expect(hashTables(databaseFile, before)).toEqual(before);
      }
    }
    expect(ends.old).toBeGreaterThan(statements);
  }, 240_000);
});
