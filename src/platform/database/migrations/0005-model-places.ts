// Files and folders with models that people named.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

const statements = [
  `CREATE TABLE model_places (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     kind text NOT NULL CHECK (kind IN ('file', 'folder', 'ollama', 'lm-studio', 'hugging-face')),
     path text NOT NULL, model_id text, name text, created_at bigint NOT NULL)`,
  `CREATE UNIQUE INDEX model_places_path ON model_places (organisation_id, path)`,
  `CREATE UNIQUE INDEX model_places_model ON model_places (organisation_id, model_id)`,
];

export const modelPlaces: Migration = {
  name: "0005-model-places",
  async up(db) {
    for (const statement of statements) {
      await sql.raw(statement).execute(db);
    }
  },
};
