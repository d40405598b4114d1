// Organisations, people, keys, chats as message trees, runs with their event log, grants. Works on SQLite and Postgres:
// text ids, bigint times, no dialect's own types.
import { sql } from "kysely";
import type { Migration } from "../migrate.ts";

const statements = [
  `CREATE TABLE organisations (
     id text PRIMARY KEY, name text NOT NULL, created_at bigint NOT NULL)`,
  `CREATE TABLE users (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     name text NOT NULL, email text NOT NULL UNIQUE, role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
     password_hash text NOT NULL, language text, theme text NOT NULL, created_at bigint NOT NULL, disabled_at bigint)`,
  `CREATE TABLE sessions (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE, token_hash text NOT NULL UNIQUE,
     created_at bigint NOT NULL, last_seen_at bigint NOT NULL, expires_at bigint NOT NULL)`,
  `CREATE INDEX sessions_owner ON sessions (owner_id)`,
  `CREATE TABLE api_keys (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE, name text NOT NULL, prefix text NOT NULL,
     secret_hash text NOT NULL UNIQUE, created_at bigint NOT NULL, last_used_at bigint, revoked_at bigint)`,
  `CREATE INDEX api_keys_owner ON api_keys (owner_id)`,
  `CREATE TABLE chats (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE, title text NOT NULL,
     title_source text NOT NULL CHECK (title_source IN ('message', 'person')), model_id text, leaf_message_id text,
     created_at bigint NOT NULL, updated_at bigint NOT NULL, deleted_at bigint)`,
  `CREATE INDEX chats_latest ON chats (owner_id, updated_at, id) WHERE deleted_at IS NULL`,
  `CREATE INDEX chats_deleted ON chats (deleted_at) WHERE deleted_at IS NOT NULL`,
  `CREATE TABLE messages (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     chat_id text NOT NULL REFERENCES chats(id) ON DELETE CASCADE, parent_id text REFERENCES messages(id),
     role text NOT NULL CHECK (role IN ('user', 'assistant')), text text NOT NULL, created_at bigint NOT NULL)`,
  // No cascade from parent to child: a branch may be longer than SQLite lets cascades nest (1,000). The chat takes them all.
  `CREATE INDEX messages_tree ON messages (chat_id, parent_id)`,
  `CREATE INDEX messages_parent ON messages (parent_id)`,
  `CREATE TABLE runs (
     id text PRIMARY KEY, organisation_id text NOT NULL REFERENCES organisations(id),
     owner_id text NOT NULL REFERENCES users(id) ON DELETE CASCADE,
     chat_id text NOT NULL REFERENCES chats(id) ON DELETE CASCADE,
     message_id text NOT NULL REFERENCES messages(id) ON DELETE CASCADE,
     status text NOT NULL CHECK (status IN ('queued', 'running', 'done', 'stopped', 'failed', 'interrupted')),
     model_id text NOT NULL, model_name text NOT NULL, made_by text NOT NULL, finish_reason text, failure_code text,
     failure_message text, failure_details text, prompt_tokens bigint, cached_tokens bigint, completion_tokens bigint,
     started_at bigint NOT NULL, ended_at bigint, owner_node text NOT NULL, lease_until bigint NOT NULL, fence bigint NOT NULL)`,
  `CREATE INDEX runs_message ON runs (message_id, fence)`,
  `CREATE INDEX runs_chat ON runs (chat_id)`,
  `CREATE UNIQUE INDEX runs_active ON runs (chat_id) WHERE ended_at IS NULL`,
  `CREATE INDEX runs_open ON runs (lease_until) WHERE ended_at IS NULL`,
  `CREATE TABLE run_events (
     run_id text NOT NULL REFERENCES runs(id) ON DELETE CASCADE, seq bigint NOT NULL, text text NOT NULL,
     created_at bigint NOT NULL, PRIMARY KEY (run_id, seq))`,
  `CREATE TABLE grants (
     organisation_id text NOT NULL REFERENCES organisations(id), resource text NOT NULL, resource_id text NOT NULL,
     subject text NOT NULL, subject_id text NOT NULL, "right" text NOT NULL, created_at bigint NOT NULL,
     PRIMARY KEY (resource, resource_id, subject, subject_id, "right"))`,
  `CREATE INDEX grants_subject ON grants (subject, subject_id)`,
];

export const first: Migration = {
  name: "0001-first",
  async up(db) {
    for (const statement of statements) {
      await sql.raw(statement).execute(db);
    }
  },
};
