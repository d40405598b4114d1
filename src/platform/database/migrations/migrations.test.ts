import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { sql } from "kysely";
import { readCommand } from "../command.ts";
import { openInlineDatabase } from "../inline-database.ts";
import { migrate } from "../migrate.ts";

/** What belongs to nobody in particular, or hangs below a row that says whose it is. */
const withoutOwner = [
  "organisations",
  "users",
  "grants",
  "run_events",
  "model_places",
  "settings",
  "secret_keys",
  "schema_migrations",
  "versions",
];

const columns = readCommand("test.columns", async (db, _args: Record<string, never>) => {
  const { rows } = await sql<{ table_name: string; column_name: string }>`
    SELECT m.name AS table_name, c.name AS column_name
    FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'`.execute(db);
  return rows;
});

const references = readCommand("test.references", async (db, _args: Record<string, never>) => {
  const { rows } = await sql<{ name: string; from: string; on_delete: string }>`
    SELECT m.name, f."from", f.on_delete
    FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' AND f."table" = 'users'`.execute(
    db,
  );
  return rows;
});

test("no row keeps a person from being removed: each that names one goes with them, or forgets the name", async () => {
  const db = openInlineDatabase(":memory:");
  await db.run(migrate, { now: 1 });
  const rows = await db.run(references, {});
  await db.close();
  expect(rows.length).toBeGreaterThan(5);
  expect(rows.filter(({ on_delete }) => on_delete !== "CASCADE" && on_delete !== "SET NULL")).toEqual([]);
});

test("every table of owned rows carries its organisation and its owner, and tables.ts describes every column", async () => {
  const db = openInlineDatabase(":memory:");
  await db.run(migrate, { now: 1 });
  const byTable = Map.groupBy(await db.run(columns, {}), ({ table_name }) => table_name);
  await db.close();
  const described = readFileSync(new URL("../tables.ts", import.meta.url), "utf8");
  for (const [table, rows] of byTable) {
    const names = rows.map(({ column_name }) => column_name);
    expect(described).toMatch(new RegExp(`^  ${table}: `, "m"));
    expect(names.filter((name) => !new RegExp(`^  ${name}: `, "m").test(described))).toEqual([]);
    if (!withoutOwner.includes(table)) {
      expect(names, table).toEqual(expect.arrayContaining(["organisation_id", "owner_id"]));
    }
  }
  expect(byTable.size).toBeGreaterThan(withoutOwner.length + 3);
});
