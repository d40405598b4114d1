// A database as version 0.1.0 left it, as a file.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export function placeFirstVersion(file: string): void {
  const database = new DatabaseSync(file);
  database.exec("PRAGMA journal_mode = WAL; BEGIN");
  database.exec(readFileSync(join(import.meta.dirname, "0.1.0.sql"), "utf8"));
  database.exec("COMMIT");
  database.close();
}
