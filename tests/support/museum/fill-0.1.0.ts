// What a database of version 0.1.0 can hold: every table, every kind of value, and texts that have broken others.
import type { DatabaseSync } from "node:sqlite";

const id = (number: number): string => `01900000-0000-7000-8000-${number.toString(16).padStart(12, "0")}`;
const organisation = id(1);
const [ana, bimal, chandra] = [id(10), id(11), id(12)];

const texts = [
  "What is in the lease?",
  "চুক্তিতে কী আছে? ক্ষুদ্রঋণের কিস্তি, ৳৫,০০০।",
  'It\'s "quoted", with a\nbreak, a\ttab, a back\\slash; and -- no comment',
  "👩🏽‍💻 emoji, اَلْعَرَبِيَّة, 中文, é as e\u0301, \u200Bzero width",
  "",
  "a long answer ".repeat(300),
];

/** The tables of migration 0001-first must be there. */
export function fillFirstVersion(database: DatabaseSync): void {
  const insert = (table: string, row: Record<string, string | number | null>): void => {
    const columns = Object.keys(row).map((name) => `"${name}"`);
    const marks = columns.map(() => "?").join(", ");
    database.prepare(`INSERT INTO ${table} (${columns.join(", ")}) VALUES (${marks})`).run(...Object.values(row));
  };
  insert("organisations", { id: organisation, name: "সবার অফিস", created_at: 1_763_900_000_000 });
  const owned = { organisation_id: organisation, owner_id: ana };
  const person = {
    organisation_id: organisation,
    password_hash: "$argon2id$v=19$m=64,t=1,p=1$c2FsdA$aGFzaA",
    created_at: 1,
  };
  insert("users", {
    ...person,
    id: ana,
    name: "Ana Ruiz",
    email: "ana@example.org",
    role: "owner",
    language: "bn",
    theme: "dark",
  });
  insert("users", {
    ...person,
    id: bimal,
    name: "বিমল",
    email: "bimal@example.org",
    role: "admin",
    language: null,
    theme: "system",
  });
  insert("users", {
    ...person,
    id: chandra,
    name: "Chandra O'Neil",
    email: "chandra@example.org",
    role: "member",
    language: "en",
    theme: "light",
    disabled_at: 9_007_199_254_740_991,
  });
  insert("sessions", {
    ...owned,
    id: id(20),
    token_hash: "a".repeat(64),
    created_at: 2,
    last_seen_at: 3,
    expires_at: 4_000_000_000_000,
  });
  insert("api_keys", {
    ...owned,
    id: id(30),
    name: "laptop",
    prefix: "sk-shobar-a1B",
    secret_hash: "b".repeat(64),
    created_at: 5,
  });
  insert("api_keys", {
    ...owned,
    id: id(31),
    name: "revoked",
    prefix: "sk-shobar-9xY",
    secret_hash: "c".repeat(64),
    created_at: 5,
    last_used_at: 6,
    revoked_at: 7,
  });
  const statuses = ["done", "stopped", "failed", "interrupted", "done", "done"];
  for (const [index, text] of texts.entries()) {
    const [chat, question, answer, run] = [id(100 + index), id(200 + index), id(300 + index), id(400 + index)];
    const owner = { organisation_id: organisation, owner_id: index % 2 === 0 ? ana : bimal };
    insert("chats", {
      ...owner,
      id: chat,
      title: text.slice(0, 40) || "untitled",
      title_source: index % 2 === 0 ? "message" : "person",
      model_id: index === 1 ? null : "smollm2-135m-instruct",
      leaf_message_id: answer,
      created_at: 10 + index,
      updated_at: 20 + index,
      deleted_at: index === 4 ? 30 : null,
    });
    insert("messages", { ...owner, id: question, chat_id: chat, parent_id: null, role: "user", text, created_at: 11 });
    insert("messages", {
      ...owner,
      id: answer,
      chat_id: chat,
      parent_id: question,
      role: "assistant",
      text,
      created_at: 12,
    });
    insert("runs", {
      ...owner,
      id: run,
      chat_id: chat,
      message_id: answer,
      status: statuses[index] ?? "done",
      model_id: "smollm2-135m-instruct",
      model_name: "SmolLM2 135M Instruct",
      made_by: "here",
      finish_reason: index === 0 ? "stop" : null,
      failure_code: index === 2 ? "engine_crashed" : null,
      failure_message: index === 2 ? "The model stopped working." : null,
      failure_details: index === 2 ? '{"seconds":3}' : null,
      prompt_tokens: index === 0 ? 40 : null,
      cached_tokens: index === 0 ? 0 : null,
      completion_tokens: index === 0 ? 120 : null,
      started_at: 13,
      ended_at: 14,
      owner_node: id(900),
      lease_until: 15,
      fence: index,
    });
    insert("run_events", { run_id: run, seq: 0, text, created_at: 16 });
    insert("run_events", { run_id: run, seq: text.length + 1, text: "…", created_at: 17 });
  }
  insert("grants", {
    organisation_id: organisation,
    resource: "chat",
    resource_id: id(100),
    subject: "user",
    subject_id: bimal,
    right: "read",
    created_at: 18,
  });
}
