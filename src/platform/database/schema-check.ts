// Whether a database is as its record of migrations says. A migration that stopped in the middle, or a program that
// changed a table, would otherwise show itself much later, as an error that nobody understands. SQLite only.
import { sql } from "kysely";
import { AppError } from "../errors.ts";
import { type Database, readCommand } from "./command.ts";
import { openInlineDatabase } from "./inline-database.ts";
import { migrate, type Migration } from "./migrate.ts";
import { migrations } from "./migrations/migrations.ts";

interface SchemaObject {
  readonly type: string;
  readonly name: string;
  readonly sql: string;
}

const readSchema = readCommand("database.schema", async (db, _args: Record<string, never>) => {
  const { rows } = await sql<SchemaObject>`
    SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite!_%' ESCAPE '!'`.execute(
    db,
  );
  return rows;
});

/**
 * `applied` are the recorded migrations. Tables, indexes and views of others are left alone (replication tools keep
 * some), but not their triggers, which would change what is written. Throws AppError schema_unexpected.
 */
export async function checkSchema(
  database: Database,
  applied: readonly string[],
  wanted: readonly Migration[] = migrations,
): Promise<void> {
  if (applied.length === 0) {
    return;
  }
  const [found, expected] = await Promise.all([
    database.run(readSchema, {}),
    schemaAfter(wanted.slice(0, applied.length)),
  ]);
  const problem = firstDifference(found, expected);
  if (problem !== undefined) {
    throw new AppError("schema_unexpected", { problem });
  }
}

async function schemaAfter(applied: readonly Migration[]): Promise<readonly SchemaObject[]> {
  const model = openInlineDatabase(":memory:");
  try {
    await model.run(migrate, { now: 0, migrations: applied });
    return await model.run(readSchema, {});
  } finally {
    await model.close();
  }
}

function firstDifference(found: readonly SchemaObject[], expected: readonly SchemaObject[]): string | undefined {
  const byName = new Map(found.map((each) => [each.name, each]));
  for (const { name, type, sql: wanted } of expected) {
    const here = byName.get(name);
    if (here === undefined || here.type !== type) {
      return `the ${type} ${name} is missing`;
    }
    if (normalised(here.sql) !== normalised(wanted)) {
      return `the ${type} ${name} is another one`;
    }
  }
  const known = new Set(expected.map(({ name }) => name));
  const trigger = found.find(({ type, name }) => type === "trigger" && !known.has(name));
  return trigger && `there is a trigger ${trigger.name} that is not ours`;
}

/** Versions of SQLite differ in how they write down a changed table: spaces, quotes and capitals do not count. */
function normalised(statement: string): string {
  return statement
    .replaceAll(/["`[\]]/g, "")
    .replaceAll(/\s+/g, " ")
    .replaceAll(/ ?([(),]) ?/g, "$1")
    .trim()
    .toLowerCase();
}
