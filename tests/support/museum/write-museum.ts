// Made 0.1.0.sql beside it: a database of that version, filled, as text. It is kept for good and never made anew, so
// that later versions are tried on what the old one really wrote; a later version gets a file of its own.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openInlineDatabase } from "../../../src/platform/database/inline-database.ts";
import { migrate } from "../../../src/platform/database/migrate.ts";
import { first } from "../../../src/platform/database/migrations/0001-first.ts";
import { fillFirstVersion } from "./fill-0.1.0.ts";

function dump(database: DatabaseSync): string {
  const objects = database
    .prepare("SELECT name, type, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid")
    .all() as { name: string; type: string; sql: string }[];
  const rows = objects
    .filter(({ type }) => type === "table")
    .flatMap(({ name }) => {
      const columns = database.prepare("SELECT name FROM pragma_table_info(?)").all(name) as { name: string }[];
      const values = columns.map((column) => `quote("${column.name}")`).join(" || ', ' || ");
      const lines = database.prepare(`SELECT ${values} AS line FROM ${name} ORDER BY rowid`).all() as {
        line: string;
      }[];
      return lines.map(({ line }) => `INSERT INTO ${name} VALUES (${line});`);
    });
  return `${[...objects.map(({ sql }) => `${sql};`), ...rows].join("\n")}\n`;
}

const folder = mkdtempSync(join(tmpdir(), "shobar-museum-"));
try {
  const file = join(folder, "shobar.db");
  const db = openInlineDatabase(file);
  await db.run(migrate, { now: 1_763_900_000_000, migrations: [first] });
  await db.close();
  const database = new DatabaseSync(file);
  fillFirstVersion(database);
  writeFileSync(join(import.meta.dirname, "0.1.0.sql"), dump(database));
  database.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
