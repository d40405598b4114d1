// The rows as they are stored: one interface a table, the same on SQLite and Postgres. Times are milliseconds since
// 1970 UTC; ids are UUIDv7. Whatever is owned carries its organisation and its owner.

export interface OrganisationRow {
  id: string;
  name: string;
  created_at: number;
}

export interface UserRow {
  id: string;
  organisation_id: string;
  name: string;
  /** Lower case; unique in the whole database. */
  email: string;
  role: "owner" | "admin" | "member";
  password_hash: string;
  language: string | null;
  theme: "system" | "light" | "dark";
  created_at: number;
  /** Set for whoever may not enter: disabled or removed. */
  disabled_at: number | null;
  /** In a browser, to the minute. */
  last_seen_at: number | null;
  removed_at: number | null;
  /** From then on a removed person and everything of theirs is deleted for good. */
  purge_at: number | null;
}

export interface InvitationRow {
  id: string;
  organisation_id: string;
  /** Who invites; null: the command line. */
  owner_id: string | null;
  role: UserRow["role"];
  note: string;
  /** SHA-256 of the link's token, hex. */
  token_hash: string;
  created_at: number;
  expires_at: number;
  accepted_at: number | null;
  accepted_by: string | null;
}

export interface ResetLinkRow {
  id: string;
  organisation_id: string;
  /** Whose password it sets; a person has one at most. */
  owner_id: string;
  /** null: the command line. */
  made_by: string | null;
  /** SHA-256 of the link's token, hex. */
  token_hash: string;
  /** SHA-256 of the password hash that the link replaces: once the password is another, the link is dead. */
  password_mark: string;
  created_at: number;
  expires_at: number;
}

export interface SessionRow {
  id: string;
  organisation_id: string;
  owner_id: string;
  /** SHA-256 of the cookie's token, hex. */
  token_hash: string;
  created_at: number;
  last_seen_at: number;
  expires_at: number;
  /** As the browser sent it, cut to a bounded length. */
  user_agent: string | null;
}

/** What makes a person's six-digit codes; it counts once it is confirmed. */
export interface SecondFactorRow {
  owner_id: string;
  organisation_id: string;
  sealed_secret: string;
  /** The step (30 s since 1970) of the last code that was used: it and those before it are spent. */
  last_step: number;
  created_at: number;
  confirmed_at: number | null;
}

export interface RecoveryCodeRow {
  id: string;
  organisation_id: string;
  owner_id: string;
  /** SHA-256, hex: a code has 80 random bits. */
  code_hash: string;
  created_at: number;
  used_at: number | null;
}

export interface PasskeyRow {
  id: string;
  organisation_id: string;
  owner_id: string;
  name: string;
  /** The host name that it was made for (its relying party); browsers offer it nowhere else. */
  host: string;
  /** As the authenticator named it, base64url. */
  credential_id: string;
  /** COSE, base64url. */
  public_key: string;
  /** As the authenticator counted at its last use; 0 where it does not count. */
  counter: number;
  /** JSON: how browsers reach the authenticator. */
  transports: string;
  created_at: number;
  last_used_at: number | null;
}

export interface ApiKeyRow {
  id: string;
  organisation_id: string;
  owner_id: string;
  name: string;
  prefix: string;
  /** SHA-256 of the secret, hex: the secret itself has 256 random bits, so no slow hash is needed. */
  secret_hash: string;
  created_at: number;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface ChatRow {
  id: string;
  organisation_id: string;
  owner_id: string;
  title: string;
  /** A title written by a person is never replaced by one made from a message. */
  title_source: "message" | "person";
  model_id: string | null;
  /** The end of the branch that is shown. */
  leaf_message_id: string | null;
  created_at: number;
  updated_at: number;
  deleted_at: number | null;
}

export interface MessageRow {
  id: string;
  organisation_id: string;
  owner_id: string;
  chat_id: string;
  parent_id: string | null;
  role: "user" | "assistant";
  text: string;
  /** What the model thought before it said this; empty for a question and for a model that does not think. */
  reasoning: string;
  /** How long it thought. */
  reasoning_ms: number;
  created_at: number;
}

export interface RunRow {
  id: string;
  organisation_id: string;
  owner_id: string;
  chat_id: string;
  /** The answer that this run writes; a continued answer has several runs, the latest counts. */
  message_id: string;
  status: "queued" | "running" | "done" | "stopped" | "failed" | "interrupted";
  model_id: string;
  model_name: string;
  made_by: string;
  finish_reason: "stop" | "length" | null;
  failure_code: string | null;
  failure_message: string | null;
  /** JSON: the numbers and names in the message. */
  failure_details: string | null;
  prompt_tokens: number | null;
  cached_tokens: number | null;
  completion_tokens: number | null;
  /** Of the completion tokens; null where nobody has counted them. */
  reasoning_tokens: number | null;
  started_at: number;
  ended_at: number | null;
  /** The server process that makes the answer; it alone may write, while its lease lasts and the fence is its own. */
  owner_node: string;
  lease_until: number;
  /** Rises with each run of a message and when a run is taken from its process: the highest is the message's latest run. */
  fence: number;
}

/** What a run has produced so far; folded into the message's text when the run ends. */
export interface RunEventRow {
  run_id: string;
  seq: number;
  text: string;
  reasoning: string;
  /** Of the whole answer so far. */
  reasoning_ms: number;
  created_at: number;
}

export interface GrantRow {
  organisation_id: string;
  resource: string;
  resource_id: string;
  subject: string;
  subject_id: string;
  right: string;
  created_at: number;
}

/** What an admin has changed at run time. */
export interface SettingRow {
  organisation_id: string;
  name: string;
  /** JSON. */
  value: string;
  updated_at: number;
}

/** Which key the sealed values of this database were sealed with. The key itself is in a file. */
export interface SecretKeyRow {
  id: string;
  key_check: string;
  created_at: number;
}

export interface ProviderRow {
  id: string;
  organisation_id: string;
  /** Who added it; null once that account is gone, or where the command line did before there was an owner. */
  owner_id: string | null;
  /** The first part of its models' ids. */
  slug: string;
  name: string;
  preset: string;
  base_url: string;
  /** Null for a server that wants no key. */
  sealed_key: string | null;
  /** The key's last four characters. */
  key_hint: string | null;
  /** JSON: the models that were chosen. */
  models: string;
  created_at: number;
  updated_at: number;
  disabled_at: number | null;
}

/** A place of models that a person named; what lies there is never copied. It belongs to the organisation. */
export interface ModelPlaceRow {
  id: string;
  organisation_id: string;
  kind: "file" | "folder" | "ollama" | "lm-studio" | "hugging-face";
  /** Absolute; of a model of Ollama's its manifest. */
  path: string;
  /** The model's id, for as long as the place is used; null for a folder. */
  model_id: string | null;
  /** As its store calls it. */
  name: string | null;
  created_at: number;
}

export interface SchemaMigrationRow {
  name: string;
  applied_at: number;
}

/** A version of the program that has worked on this database, and when it last began to. */
export interface VersionRow {
  version: string;
  started_at: number;
}

export interface Tables {
  organisations: OrganisationRow;
  users: UserRow;
  sessions: SessionRow;
  second_factors: SecondFactorRow;
  recovery_codes: RecoveryCodeRow;
  passkeys: PasskeyRow;
  invitations: InvitationRow;
  reset_links: ResetLinkRow;
  api_keys: ApiKeyRow;
  chats: ChatRow;
  messages: MessageRow;
  runs: RunRow;
  run_events: RunEventRow;
  grants: GrantRow;
  model_places: ModelPlaceRow;
  settings: SettingRow;
  secret_keys: SecretKeyRow;
  providers: ProviderRow;
  schema_migrations: SchemaMigrationRow;
  versions: VersionRow;
}
