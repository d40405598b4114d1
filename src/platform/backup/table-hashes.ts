// What is in each table, as one number of rows and one hash: two databases with the same hashes hold the same.
import { createHash } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import * as z from "zod/mini";
import { withDatabase } from "./database-file.ts";

export const TableHash = z.object({
  table: z.string(),
  columns: z.array(z.string()),
  rows: z.number(),
  /** SHA-256, hex, over every value of `columns` with its type, in the order of the primary key. */
  hash: z.string(),
});

export type TableHash = z.infer<typeof TableHash>;

/** `like` asks for exactly those tables and columns, for a database whose schema has grown since. */
export function hashTables(file: string, like?: readonly TableHash[]): TableHash[] {
  return withDatabase(file, true, (database) =>
    (like ?? tablesOf(database)).map(({ table, columns }) => hashTable(database, table, columns)),
  );
}

function tablesOf(database: DatabaseSync): { table: string; columns: string[] }[] {
  const tables = database
    .prepare(
      "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY name",
    )
    .all() as { name: string }[];
  return tables.map(({ name }) => ({ table: name, columns: columnsOf(database, name).map((column) => column.name) }));
}

function columnsOf(database: DatabaseSync, table: string): { name: string; pk: number }[] {
  const columns = database.prepare("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid").all(table);
  return columns as unknown as { name: string; pk: number }[];
}

function hashTable(database: DatabaseSync, table: string, columns: readonly string[]): TableHash {
  const key = columnsOf(database, table)
    .filter(({ pk }) => pk > 0)
    .toSorted((one, other) => one.pk - other.pk)
    .map(({ name }) => quoted(name));
  const order = key.length > 0 ? key.join(", ") : columns.map(quoted).join(", ");
  const statement = database.prepare(
    `SELECT ${columns.map(quoted).join(", ")} FROM ${quoted(table)} ORDER BY ${order}`,
  );
  statement.setReadBigInts(true);
  const hash = createHash("sha256");
  let rows = 0;
  for (const row of statement.iterate()) {
    hash.update(`${Object.values(row).map(encoded).join("")}\n`);
    rows++;
  }
  return { table, columns: [...columns], rows, hash: hash.digest("hex") };
}

/** With its type and length, so that no two rows read alike. */
function encoded(value: unknown): string {
  if (typeof value === "string") {
    return `t${value.length}:${value};`;
  }
  if (typeof value === "bigint" || typeof value === "number") {
    return `${typeof value}:${value};`;
  }
  return value instanceof Uint8Array ? `b${Buffer.from(value).toString("hex")};` : "n;";
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
