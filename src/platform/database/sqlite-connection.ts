// One SQLite connection in this thread, spoken to through Kysely. Its queries finish synchronously; Kysely's promises
// around them resolve in microtasks only, so a command runs as one uninterrupted piece.
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { Kysely, SqliteDialect } from "kysely";
import { AppError } from "../errors.ts";
import type { Tables } from "./tables.ts";

/** Older versions can corrupt a database in WAL mode when its log is reset (sqlite.org, fixed in 3.51.3). */
export const minSqliteVersion = "3.51.3";

/** A statement is parsed once per connection; the least recently used ones go beyond this number. */
const maxCachedStatements = 500;

export interface SqliteConnection {
  readonly db: Kysely<Tables>;
  exec(sql: string): void;
  /** The first row of a statement without parameters, such as a PRAGMA. */
  read<Row>(sql: string): Row;
  close(): void;
}

export interface SqliteOptions {
  readonly file: string;
  readonly readOnly?: boolean;
  /** Nobody has it open and it has no log: then not even a lock is left beside it. Only with `readOnly`. */
  readonly isUntouched?: boolean;
}

export function openSqliteConnection(options: SqliteOptions): SqliteConnection {
  requireSqliteVersion(process.versions["sqlite"] ?? "0");
  const database = new DatabaseSync(placeOf(options), { readOnly: options.readOnly ?? false, timeout: 5000 });
  if (!options.readOnly) {
    // Who only reads cannot move the log into the database file: the one that writes does it every 1,000 pages.
    // What is deleted is overwritten: a removed person's words are in no free page.
    database.exec(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 1000; PRAGMA secure_delete = ON;",
    );
  }
  database.exec(
    "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192; PRAGMA temp_store = MEMORY;",
  );
  const dialect = new SqliteDialect({ database: forKysely(database) });
  const db = new Kysely<Tables>({ dialect });
  return {
    db,
    exec: (sql) => database.exec(sql),
    read: <Row>(sql: string) => database.prepare(sql).get() as Row,
    close: () => database.close(),
  };
}

function placeOf({ file, isUntouched = false }: SqliteOptions): string | URL {
  if (!isUntouched) {
    return file;
  }
  const place = pathToFileURL(file);
  place.search = "?immutable=1";
  return place;
}

export function requireSqliteVersion(version: string): void {
  const order = version.localeCompare(minSqliteVersion, "en", { numeric: true });
  if (order < 0) {
    throw new AppError("sqlite_too_old", { version, minVersion: minSqliteVersion });
  }
}

function forKysely(database: DatabaseSync) {
  const statements = new Map<string, StatementSync>();
  function prepare(sql: string): StatementSync {
    const known = statements.get(sql);
    if (known) {
      statements.delete(sql);
      statements.set(sql, known);
      return known;
    }
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    const [oldest] = statements.keys();
    if (statements.size > maxCachedStatements && oldest !== undefined) {
      statements.delete(oldest);
    }
    return statement;
  }
  return {
    close: () => database.close(),
    prepare(sql: string) {
      const statement = prepare(sql);
      return {
        reader: statement.columns().length > 0,
        all: (parameters: readonly unknown[]) => statement.all(...(parameters as SQLInputValue[])),
        run: (parameters: readonly unknown[]) => statement.run(...(parameters as SQLInputValue[])),
        iterate: (parameters: readonly unknown[]) => statement.iterate(...(parameters as SQLInputValue[])),
      };
    },
  };
}
