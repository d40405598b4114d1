// Services outside whose models people may use, and what the key of sealed values must fit.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

const statements = [
  `CREATE TABLE secret_keys (
     id text PRIMARY KEY, key_check text NOT NULL, created_at bigint NOT NULL)`,
  // Whoever added one may leave; the provider stays.
  `CREATE TABLE providers (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text REFERENCES users(id) ON DELETE SET NULL, slug text NOT NULL, name text NOT NULL, preset text NOT NULL,
     base_url text NOT NULL, sealed_key text, key_hint text, models text NOT NULL, created_at bigint NOT NULL,
     updated_at bigint NOT NULL, disabled_at bigint, UNIQUE (organisation_id, slug))`,
];

export const providers: Migration = {
  name: "0006-providers",
  async up(db) {
    for (const statement of statements) {
      await sql.raw(statement).execute(db);
    }
  },
};
