// Runs a store's tests twice: on SQLite in memory and on Postgres (PGlite, Postgres inside this process).
import { PGlite } from "@electric-sql/pglite";
import { PGliteDialect } from "kysely";
import { afterAll, afterEach, describe } from "vitest";
import type { Database } from "../../src/platform/database/command.ts";
import { openInlineDatabase } from "../../src/platform/database/inline-database.ts";
import { migrate } from "../../src/platform/database/migrate.ts";
import { openPostgresDatabase } from "../../src/platform/database/postgres-database.ts";

/** Answers a new, migrated and otherwise empty database; it is closed after the test. */
export type OpenDatabase = () => Promise<Database>;

/** Calls `define` once for each dialect, inside a `describe` of its own. */
export function describeEachDialect(title: string, define: (open: OpenDatabase) => void): void {
  describe(`${title} (SQLite)`, () => {
    define(closedAfterEach(() => Promise.resolve(openInlineDatabase(":memory:"))));
  });
  describe(`${title} (Postgres)`, () => {
    const postgres = createPostgres();
    define(closedAfterEach(postgres.open));
    afterAll(postgres.close);
  });
}

function closedAfterEach(open: OpenDatabase): OpenDatabase {
  const opened: Database[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((database) => database.close()));
  });
  return async () => {
    const database = asBetweenThreads(await open());
    opened.push(database);
    await database.run(migrate, { now: 1 });
    return database;
  };
}

/** Arguments and results are copied as between threads, so that one that cannot be copied fails here already. */
function asBetweenThreads(database: Database): Database {
  return {
    run: async (command, args) => structuredClone(await database.run(command, structuredClone(args))),
    close: () => database.close(),
  };
}

const bigintType = 20;

/** One Postgres for a whole file, as its start takes a second; each database is a schema of its own in it. */
function createPostgres(): { open: OpenDatabase; close: () => Promise<void> } {
  let server: PGlite | undefined;
  let schemas = 0;
  // PGlite has one session, and its driver for Kysely does not wait for a transaction that another call has open.
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  }
  async function open(): Promise<Database> {
    const pglite = (server ??= new PGlite({ parsers: { [bigintType]: Number } }));
    const schema = `test_${++schemas}`;
    await inTurn(() => pglite.exec(`CREATE SCHEMA ${schema}`));
    const database = openPostgresDatabase(new PGliteDialect({ pglite }));
    return {
      run: (command, args) =>
        inTurn(async () => {
          await pglite.exec(`SET search_path TO ${schema}`);
          return database.run(command, args);
        }),
      close: () => inTurn(async () => void (await pglite.exec(`DROP SCHEMA ${schema} CASCADE`))),
    };
  }
  return { open, close: async () => server?.close() };
}
