// What a model thought before it answered is kept apart from the answer.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

const statements = [
  `ALTER TABLE messages ADD COLUMN reasoning text NOT NULL DEFAULT ''`,
  `ALTER TABLE messages ADD COLUMN reasoning_ms bigint NOT NULL DEFAULT 0`,
  `ALTER TABLE run_events ADD COLUMN reasoning text NOT NULL DEFAULT ''`,
  `ALTER TABLE run_events ADD COLUMN reasoning_ms bigint NOT NULL DEFAULT 0`,
  `ALTER TABLE runs ADD COLUMN reasoning_tokens bigint`,
];

export const thinking: Migration = {
  name: "0008-thinking",
  async up(db) {
    for (const statement of statements) {
      await sql.raw(statement).execute(db);
    }
  },
};
