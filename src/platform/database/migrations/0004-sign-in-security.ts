// What each person signs in with beside the password, and where they are signed in.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

const statements = [
  `ALTER TABLE sessions ADD COLUMN user_agent text`,
  `CREATE TABLE second_factors (
     owner_id text PRIMARY KEY REFERENCES users(id) ON DELETE CASCADE,
     organisation_id text NOT NULL REFERENCES organisations(id), sealed_secret text NOT NULL,
     last_step bigint NOT NULL, created_at bigint NOT NULL, confirmed_at bigint)`,
  `CREATE TABLE recovery_codes (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE, code_hash text NOT NULL UNIQUE,
     created_at bigint NOT NULL, used_at bigint)`,
  `CREATE INDEX recovery_codes_owner ON recovery_codes (owner_id)`,
  `CREATE TABLE passkeys (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE, name text NOT NULL, host text NOT NULL,
     credential_id text NOT NULL UNIQUE, public_key text NOT NULL, counter bigint NOT NULL, transports text NOT NULL,
     created_at bigint NOT NULL, last_used_at bigint)`,
  `CREATE INDEX passkeys_owner ON passkeys (owner_id)`,
];

export const signInSecurity: Migration = {
  name: "0004-sign-in-security",
  async up(db) {
    for (const statement of statements) {
      await sql.raw(statement).execute(db);
    }
  },
};
