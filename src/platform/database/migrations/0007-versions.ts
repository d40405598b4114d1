// Which versions of the program have worked on this database, so that an upgrade can say from where to where it went.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

export const versions: Migration = {
  name: "0007-versions",
  async up(db) {
    await sql.raw(`CREATE TABLE versions (version text PRIMARY KEY, started_at bigint NOT NULL)`).execute(db);
  },
};
