// What an admin changes at run time: one row a setting, its value as JSON.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const settings: Migration = {
  name: "0002-settings",
  async up(db) {
    await sql
      .raw(
        `CREATE TABLE settings (
           organisation_id text NOT NULL REFERENCES organisations(id), name text NOT NULL, value text NOT NULL,
           updated_at bigint NOT NULL, PRIMARY KEY (organisation_id, name))`,
      )
      .execute(db);
  },
};
