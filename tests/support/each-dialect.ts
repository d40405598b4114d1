// Runs a store's tests twice: on SQLite in memory and on Postgres (PGlite, Postgres inside this process).
import type { PGlite } from "@electric-sql/pglite";
import { PGliteDialect } from "kysely";
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import type { Database } from "../../src/platform/database/command.ts";
import { openInlineDatabase } from "../../src/platform/database/inline-database.ts";
import { migrate } from "../../src/platform/database/migrate.ts";
import { openPostgresDatabase } from "../../src/platform/database/postgres-database.ts";
import { startPostgres } from "./start-postgres.ts";

/** Answers a new, migrated and otherwise empty database; it is closed after the test. */
export type OpenDatabase = () => Promise<Database>;

/** Calls `define` once for each dialect, inside a `describe` of its own. */
export function describeEachDialect(title: string, define: (open: OpenDatabase) => void): void {
  describe(`${title} (SQLite)`, () => {
    define(closedAfterEach(() => Promise.resolve(openInlineDatabase(":memory:"))));
  });
  describe(`${title} (Postgres)`, () => {
    postgres.users += 1;
    beforeAll(joinPostgres, postgresStartMs);
    define(closedAfterEach(openPostgres));
    afterAll(leavePostgres);
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

/** Two seconds on an idle machine, many more on a busy one. */
const postgresStartMs = 60_000;

/** One Postgres for all of a test file (each has its own copy of this module); a database is a schema in it. */
const postgres: { users: number; schemas: number; server?: PGlite; last: Promise<unknown> } = {
  users: 0,
  schemas: 0,
  last: Promise.resolve(),
};

async function joinPostgres(): Promise<void> {
  postgres.server ??= await startPostgres();
}

async function leavePostgres(): Promise<void> {
  postgres.users -= 1;
  if (postgres.users === 0) {
    await postgres.server?.close();
  }
}

/** PGlite has one session, and its driver for Kysely does not wait for a transaction that another call has open. */
function inTurn<Result>(work: (server: PGlite) => Promise<Result>): Promise<Result> {
  const { server } = postgres;
  if (!server) {
    throw new Error("Postgres is started before the tests of a describe, and no database is opened before that");
  }
  const turn = postgres.last.then(() => work(server));
  postgres.last = turn.catch(() => undefined);
  return turn;
}

async function openPostgres(): Promise<Database> {
  const schema = `test_${++postgres.schemas}`;
  const database = await inTurn(async (pglite) => {
    await pglite.exec(`CREATE SCHEMA ${schema}`);
    return openPostgresDatabase(new PGliteDialect({ pglite }));
  });
  return {
    run: (command, args) =>
      inTurn(async (pglite) => {
        await pglite.exec(`SET search_path TO ${schema}`);
        return database.run(command, args);
      }),
    close: () => inTurn(async (pglite) => void (await pglite.exec(`DROP SCHEMA ${schema} CASCADE`))),
  };
}
