// The life of an account: invitations, reset links, when somebody was last here, and removal that can be undone for a
// while. Of a link only its hash is stored.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

const statements = [
  `ALTER TABLE users ADD COLUMN last_seen_at bigint`,
  `ALTER TABLE users ADD COLUMN removed_at bigint`,
  `ALTER TABLE users ADD COLUMN purge_at bigint`,
  `CREATE INDEX users_purge ON users (purge_at) WHERE purge_at IS NOT NULL`,
  `UPDATE users SET last_seen_at = (SELECT max(last_seen_at) FROM sessions WHERE sessions.owner_id = users.id)`,
  // Whoever made a link is no more: it ends with them. Made by the command line: nobody's.
  `CREATE TABLE invitations (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text REFERENCES users(id) ON DELETE CASCADE, role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
     note text NOT NULL, token_hash text NOT NULL UNIQUE, created_at bigint NOT NULL, expires_at bigint NOT NULL,
     accepted_at bigint, accepted_by text REFERENCES users(id) ON DELETE CASCADE)`,
  `CREATE INDEX invitations_owner ON invitations (owner_id)`,
  `CREATE INDEX invitations_accepted ON invitations (accepted_by)`,
  `CREATE TABLE reset_links (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL UNIQUE REFERENCES users(id) ON DELETE CASCADE,
     made_by text REFERENCES users(id) ON DELETE CASCADE, token_hash text NOT NULL UNIQUE, password_mark text NOT NULL,
     created_at bigint NOT NULL, expires_at bigint NOT NULL)`,
  `CREATE INDEX reset_links_maker ON reset_links (made_by)`,
];

export const people: Migration = {
  name: "0003-people",
  async up(db) {
    for (const statement of statements) {
      await sql.raw(statement).execute(db);
    }
  },
};
