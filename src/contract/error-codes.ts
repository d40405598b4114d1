// Every error a person or a client can meet: status, a sentence that says what happened and what to do, and whether
// trying again can help. `{name}` is filled from the error's details. Codes are never reused; retired ones stay listed.

export interface ErrorDescription {
  readonly status: number;
  readonly message: string;
  /** The same request may succeed later without being changed. */
  readonly retryable?: true;
  /** OpenAI's `error.type`, where it is not derived from the status. */
  readonly openAiType?: string;
  /** What the process exits with when this ends a command; 1 unless said otherwise. */
  readonly exitCode?: number;
}

function describe<Codes extends Record<string, ErrorDescription>>(codes: Codes): Codes {
  return codes;
}

export const errorCodes = describe({
  internal_error: {
    status: 500,
    message: "Something went wrong here. Try again; if it stays, tell your admin the request id.",
    retryable: true,
  },
  invalid_request: { status: 400, message: "The request is not valid: {problem}." },
  unsupported_parameter: {
    status: 400,
    message: "The parameter {param} is not supported by this model yet. Leave it out.",
  },
  unsupported_schema: {
    status: 400,
    message:
      "The JSON schema asks for something that cannot be enforced here: {keyword} (at {place}). Leave it out or say it otherwise.",
  },
  unsatisfiable_schema: {
    status: 400,
    message: "No value fits the JSON schema. Check its bounds, its values and what it requires.",
  },
  invalid_grammar: {
    status: 400,
    message: "The engine cannot read this grammar. Check its rules; it must have one that is named root.",
  },
  grammar_too_costly: {
    status: 400,
    message:
      "This grammar takes the engine too long or too much memory. Make it smaller, with alternatives that begin differently.",
  },
  no_token_allowed: {
    status: 422,
    message: "Nothing that the model can write fits the response format at this point. Ask for another format.",
  },
  body_too_large: { status: 413, message: "The request is larger than {limit}. Send less." },
  unsupported_media_type: { status: 415, message: "Send the request body as JSON." },
  route_not_found: { status: 404, message: "There is nothing at this address." },
  foreign_origin: {
    status: 403,
    message: "This request came from another site or an unknown host name and was refused.",
  },
  not_signed_in: { status: 401, message: "Sign in first." },
  not_allowed: { status: 403, message: "You are not allowed to do this. Ask an admin." },
  invalid_credentials: { status: 401, message: "Email or password is wrong." },
  invalid_api_key: { status: 401, message: "The API key is missing, wrong or revoked." },
  too_many_attempts: {
    status: 429,
    message: "Too many attempts. Wait {seconds} seconds and try again.",
    retryable: true,
  },
  setup_link_invalid: {
    status: 403,
    message: "This set-up link is not valid. Use the one that the server printed last.",
  },
  setup_done: { status: 409, message: "The owner's account already exists. Sign in instead." },
  password_too_common: {
    status: 400,
    message:
      "This password is among the first that anybody would try. Choose another: three or four unrelated words make a good one.",
  },
  wrong_proof: {
    status: 403,
    message: "This password or code is not right. Nothing was changed; check it and try again.",
  },
  wrong_code: {
    status: 403,
    message: "This code is wrong or was used already. Take the next one that the phone shows.",
  },
  second_step_expired: { status: 401, message: "The second step took too long. Sign in with your password again." },
  second_factor_on: {
    status: 409,
    message: "Two-factor is on already. Turn it off first to set it up on another phone.",
  },
  second_factor_off: { status: 409, message: "Two-factor is not on. Set it up first." },
  passkey_refused: {
    status: 403,
    message:
      "This passkey was not accepted. Try it again, or use your email and password; if it stays, remove the passkey and add it anew.",
  },
  passkeys_unavailable: {
    status: 409,
    message:
      "Passkeys need an https address with a name; {host} is none. Ask the person who runs this server for such an address.",
  },
  passkey_not_found: { status: 404, message: "There is no such passkey." },
  session_not_found: { status: 404, message: "There is no such session. It may have ended already." },
  email_taken: { status: 409, message: "An account with this email already exists." },
  user_not_found: { status: 404, message: "There is no such person." },
  owner_missing: {
    status: 409,
    message:
      "This server has no owner yet. Open the link that it printed at its start, or say with --user whom you mean.",
  },
  owner_required: {
    status: 409,
    message: "This server needs an owner, and this is the last one. Make somebody else an owner first.",
  },
  owner_ambiguous: {
    status: 409,
    message: "This server has several owners: {emails}. Say whom you mean: shobar users reset-owner EMAIL",
    exitCode: 2,
  },
  owner_not_found: { status: 404, message: "No owner of this server has that email. See: shobar users list" },
  own_account: {
    status: 409,
    message: "This is your own account. Change it, or leave, in your own settings.",
  },
  user_disabled: { status: 409, message: "This person is disabled. Enable the account first." },
  invitation_not_found: { status: 404, message: "There is no such invitation. It may have been withdrawn." },
  invitation_invalid: {
    status: 404,
    message: "This invitation is not valid, or it was withdrawn. Ask whoever sent you the link for a new one.",
  },
  invitation_used: {
    status: 410,
    message:
      "This invitation has been used: a link works once. If it was you, sign in; else ask whoever sent it for a new one.",
  },
  invitation_expired: {
    status: 410,
    message: "This invitation has expired. Ask whoever sent you the link for a new one.",
  },
  reset_link_invalid: {
    status: 404,
    message:
      "This link is not valid any more: it works once, for a day, and until a newer one is made. Ask an admin for a new one.",
  },
  chat_not_found: { status: 404, message: "This chat does not exist or is not shared with you." },
  message_not_found: { status: 404, message: "This message does not exist." },
  run_not_found: { status: 404, message: "This answer does not exist." },
  run_active: { status: 409, message: "An answer is already being written in this chat. Stop it or wait for its end." },
  run_not_continuable: { status: 409, message: "This answer cannot be continued. Retry it instead." },
  api_key_not_found: { status: 404, message: "There is no such API key." },
  model_not_found: { status: 404, message: "The model {model} is not here." },
  no_model: {
    status: 503,
    message:
      "There is no model on this server yet. Put a GGUF file into the models folder, or start with the starter model.",
  },
  model_file_invalid: { status: 500, message: "The model file {file} cannot be used: {problem}." },
  model_file_unreadable: { status: 500, message: "The model file {file} cannot be read: {problem}." },
  model_file_missing: {
    status: 503,
    message: "The model's file {file} is no longer there. Put it back, or stop using this model.",
  },
  model_unusable: { status: 422, message: "{file} cannot be used as a model: {problem}. Nothing was changed." },
  model_path_missing: {
    status: 422,
    message: "There is no file or folder {path} on the server. Check the path; it must be one of the server's machine.",
  },
  model_folder_empty: {
    status: 422,
    message: "There is no model file (GGUF) in the folder {path} or in its folders. Choose the folder that holds it.",
  },
  model_place_not_found: { status: 404, message: "This place of models is not used here any more." },
  model_not_removable: {
    status: 409,
    message:
      "{model} is in a folder that this server always uses, so only taking its file out of there removes it. `shobar models list` shows the folder.",
  },
  model_not_deletable: {
    status: 409,
    message:
      "The file of {model} is not in this server's models folder, so it is not deleted here. You can stop using it.",
  },
  model_in_use: { status: 409, message: "{model} is answering now. Wait until it has finished and try again." },
  upload_not_found: { status: 404, message: "This upload is not here any more. Begin it again." },
  upload_offset_wrong: {
    status: 409,
    message: "This upload goes on at byte {received}: so much has arrived.",
  },
  upload_taken_over: { status: 409, message: "This upload goes on in another window." },
  upload_too_large: {
    status: 413,
    message:
      "The file has {needed} and at most {limit} may be uploaded. Put it into the models folder of the server's machine, or raise --max-upload-gb.",
  },
  upload_no_room: {
    status: 507,
    message:
      "The file needs {needed} and {free} is free for it on the server's disk. Free some space or choose a smaller one.",
  },
  too_many_uploads: {
    status: 409,
    message: "There are {count} unfinished uploads already. Finish or discard one of them.",
  },
  download_source_unclear: {
    status: 400,
    message:
      "{source} names no model. Write the id of a model of the catalogue, OWNER/NAME, OWNER/NAME:Q4_K_M or OWNER/NAME/FILE.gguf as on Hugging Face, or the address of a .gguf file.",
  },
  download_not_found: { status: 404, message: "{host} has no {file}. Check how it is written." },
  download_needs_token: {
    status: 422,
    message:
      "{host} gives {file} only to those who have agreed to its terms there. Agree to them, and name a file with your access token: --model-token-file FILE.",
  },
  download_busy: {
    status: 503,
    message: "{host} has too much to do (status {status}). What has arrived is kept; try again later.",
    retryable: true,
  },
  download_refused: { status: 502, message: "{host} did not give {file} (status {status})." },
  download_no_model: { status: 422, message: "{repository} has no model file that can be used here (GGUF)." },
  download_file_missing: { status: 404, message: "{repository} has no model file {file}." },
  download_choose_file: { status: 409, message: "{repository} has several models. Name one of its files: {files}." },
  download_source_wrong: { status: 502, message: "{host} does not send what it should: {problem}." },
  download_changed: {
    status: 409,
    message: "The file at {host} is another one now, so what had arrived was thrown away. Fetch it again.",
  },
  download_corrupt: {
    status: 502,
    message: "What arrived of {file} is not what {host} says that it is, so it was thrown away. Fetch it again.",
  },
  download_not_expected: {
    status: 409,
    message:
      "{host} has another {file} now than the one that the catalogue knows, so it was not fetched. If you trust it, fetch it by its repository.",
  },
  download_stopped: {
    status: 409,
    message: "The download was stopped. What has arrived is kept; fetch it again and it goes on.",
    exitCode: 130,
  },
  download_not_begun: { status: 404, message: "Nothing of {source} has been begun, so there is nothing to discard." },
  download_not_adoptable: {
    status: 422,
    message:
      "{path} cannot be gone on with: that takes a model in one file whose SHA-256 its host names, and a beginning that is not longer than it. Fetch it anew.",
  },
  download_unknown: { status: 404, message: "This download is not here any more. It has ended, or was given up." },
  download_gone: { status: 409, message: "The model was fetched and then taken away by somebody." },
  model_token_unreadable: {
    status: 500,
    message: "The access token for models cannot be read from {file}: {problem}.",
  },
  model_too_large: {
    status: 503,
    message: "The model needs {needed} of memory and {free} is free. Choose a smaller model or free some memory.",
  },
  engine_unavailable: { status: 503, message: "Models cannot run on this machine: {problem}. Everything else works." },
  engine_crashed: {
    status: 503,
    message: "The model stopped working in the middle and is starting again. Try again.",
    retryable: true,
  },
  request_quarantined: {
    status: 422,
    message:
      "The model stopped working twice while it answered this, so it is not tried again for some minutes. Change the message and send it again.",
  },
  engine_stopping: { status: 503, message: "The server is shutting down. Try again when it is back.", retryable: true },
  model_load_failed: { status: 503, message: "The model {model} could not be loaded: {problem}.", retryable: true },
  context_length_exceeded: {
    status: 400,
    message:
      "The conversation is too long for this model: it has {promptTokens} tokens and the model takes {contextTokens}. Shorten it or start a new chat.",
  },
  queue_full: {
    status: 429,
    message: "Too many people are waiting for this model. Try again in {seconds} seconds.",
    retryable: true,
  },
  settings_invalid: { status: 500, message: "{problems}", exitCode: 2 },
  port_taken: {
    status: 500,
    message: "Port {port} is already used by another program. Stop that program or choose another port with --port.",
    exitCode: 10,
  },
  address_unavailable: {
    status: 500,
    message: "The address {host} cannot be used on this machine: {problem}. Choose another with --host.",
    exitCode: 10,
  },
  tls_unusable: {
    status: 500,
    message: "TLS cannot be spoken with {file}: {problem}.",
    exitCode: 19,
  },
  service_unavailable: { status: 500, message: "A service cannot be managed here: {problem}." },
  service_missing: {
    status: 500,
    message: "There is no service of Shobar's at {file}. Install it with: shobar service install",
  },
  service_failed: {
    status: 500,
    message: "{step} did not work: {problem}.",
  },
  not_confirmed: { status: 500, message: "Nothing was changed. {how} if it is to be done." },
  tls_needed: {
    status: 426,
    message:
      "This address speaks https: write https:// in front of it. What was sent without it could be read on its way.",
  },
  data_folder_unwritable: {
    status: 500,
    message:
      "The data folder {folder} cannot be written: {problem}. Choose another with --data or correct its permissions.",
    exitCode: 11,
  },
  data_folder_locked: {
    status: 500,
    message:
      "Another Shobar server (process {pid}) is using the data folder {folder}. Stop it, or choose another folder with --data.",
    exitCode: 12,
  },
  data_folder_newer: {
    status: 500,
    message:
      "The data folder was written by a newer version of Shobar (it has the migration {migration}). Start that version; nothing was changed.",
    exitCode: 13,
  },
  migration_failed: {
    status: 500,
    message:
      "The database could not be brought to this version ({migration}: {problem}). It was left as it was; the previous version can still use it.",
    exitCode: 13,
  },
  schema_unexpected: {
    status: 500,
    message:
      "The database is not as its record of migrations says: {problem}. Another program has changed it, or a migration of another kind stopped in the middle. Nothing was changed here; go back with shobar rollback, or restore a backup with shobar restore FILE.",
    exitCode: 13,
  },
  snapshot_no_space: {
    status: 500,
    message:
      "Before the upgrade a snapshot of the database is made. It needs {needed} and {free} is free on the disk of {folder}. Free some space and start again; nothing was changed.",
    exitCode: 14,
  },
  snapshot_missing: {
    status: 500,
    message: "There is no snapshot {name} in {folder} to go back to. Those that are there: {known}.",
    exitCode: 17,
  },
  rollback_unconfirmed: {
    status: 500,
    message: "Nothing was changed. To go back, run it again with --yes.",
    exitCode: 2,
  },
  disk_nearly_full: {
    status: 500,
    message:
      "Only {free} is free on the disk of the data folder {folder}; at least {needed} is needed to keep what people write. Free some space.",
    exitCode: 14,
  },
  sqlite_too_old: {
    status: 500,
    message:
      "This Node.js brings SQLite {version}, which can damage a database; {minVersion} or later is needed. Update Node.js.",
    exitCode: 15,
  },
  password_hashing_unavailable: {
    status: 500,
    message:
      "This Node.js ({version}, OpenSSL {openssl}) cannot hash passwords with Argon2id. Update Node.js to 24.19 or later.",
    exitCode: 15,
  },
  database_damaged: {
    status: 500,
    message: "The database {file} is damaged ({problem}). Restore a backup: shobar restore FILE.",
    exitCode: 18,
  },
  database_missing: {
    status: 500,
    message: "There is no database in the data folder {folder}. Choose another with --data.",
    exitCode: 11,
  },
  backup_unwritable: {
    status: 500,
    message:
      "The backup {file} could not be written: {problem}. No backup was made; choose another place or correct this one.",
    exitCode: 16,
  },
  backup_running: {
    status: 409,
    message: "Another backup or restore of the data folder {folder} is running. Wait for its end.",
    exitCode: 12,
  },
  backup_unreadable: {
    status: 500,
    message: "The backup {file} cannot be read: {problem}. Nothing was changed.",
    exitCode: 17,
  },
  backup_invalid: {
    status: 500,
    message: "{file} cannot be restored: {problem}. Nothing was changed; use another backup.",
    exitCode: 17,
  },
  backup_passphrase_needed: {
    status: 500,
    message:
      "The backup {file} is encrypted. Give its passphrase with --passphrase-file or SHOBAR_BACKUP_PASSPHRASE; nothing was changed.",
    exitCode: 17,
  },
  backup_passphrase_wrong: {
    status: 500,
    message:
      "The passphrase does not fit the backup {file}, or its first bytes are damaged. Nothing was changed; try the passphrase that it was made with.",
    exitCode: 17,
  },
  backup_not_encrypted: {
    status: 500,
    message:
      "A passphrase is set but the backup {file} is not encrypted, so anybody may have made it. Nothing was changed; restore it without a passphrase if you trust it.",
    exitCode: 17,
  },
  backup_no_space: {
    status: 507,
    message:
      "The disk of {folder} has {free} free and a backup with its trial restore needs {needed}. Free some space or choose another folder.",
    exitCode: 16,
  },
  backup_folder_unusable: {
    status: 400,
    message: "Backups cannot be kept in {folder}: {problem}. Choose another folder or correct this one.",
    exitCode: 16,
  },
  backup_not_proven: {
    status: 500,
    message:
      "The backup {file} could not be restored as a trial: {problem}. Do not rely on it. Check the disk it lies on and make another one.",
    exitCode: 17,
  },
  backup_cut_off: {
    status: 500,
    message: "The backup was cut off because the server stopped. It is made again when the server runs.",
    retryable: true,
  },
  backup_file_not_found: { status: 404, message: "There is no such backup." },
  backup_not_for_download: {
    status: 409,
    message:
      "This backup has no passphrase, so everybody who gets the file could read every chat. Set a passphrase and make a new backup to download.",
  },
  backup_newer: {
    status: 500,
    message:
      "The backup {file} was made by a newer version of Shobar ({version}). Nothing was changed; restore it with that version.",
    exitCode: 13,
  },
  secrets_key_wrong: {
    status: 500,
    message:
      "The key {file} cannot be used: {problem}. Without it the stored keys and secrets cannot be read. Put the right file back, for example with shobar restore; nothing was changed.",
    exitCode: 19,
  },
  secret_unreadable: {
    status: 500,
    message: "A stored secret ({purpose}) is damaged and cannot be read. Enter it again.",
  },
  address_not_allowed: { status: 422, message: "Nothing here connects to {host}: {reason}." },
  service_unreachable: { status: 502, message: "{host} cannot be reached: {problem}.", retryable: true },
  service_silent: {
    status: 504,
    message: "{host} said nothing for {seconds} seconds, so the connection was closed. Try again.",
    retryable: true,
  },
  service_redirects: {
    status: 502,
    message: "{host} sends on to {to}. Nothing was sent there; use the address that it should be, if you trust it.",
  },
  provider_not_found: { status: 404, message: "There is no such provider." },
  provider_key_refused: {
    status: 503,
    message: "{provider} refused the key: {reason}. An admin can change it under Models.",
  },
  provider_out_of_credit: {
    status: 402,
    message: "{provider} wants to be paid first: {reason}. Whoever holds the account there can add credit.",
  },
  provider_context_exceeded: {
    status: 400,
    message: "The conversation is too long for {model} at {provider}. Shorten it or start a new chat.",
  },
  provider_model_missing: {
    status: 404,
    message: "{provider} has no model {model} for this key. Choose another; an admin can change the list under Models.",
  },
  provider_busy: {
    status: 429,
    message: "{provider} takes no more questions for now. Try again in {seconds} seconds.",
    retryable: true,
  },
  provider_failed: {
    status: 502,
    message: "{provider} could not answer: {reason}. Try again.",
    retryable: true,
  },
  provider_refused: { status: 400, message: "{provider} refused this: {reason}." },
  provider_filtered: {
    status: 422,
    message: "{provider} ended this answer by its own rules on content. What had arrived is kept.",
  },
  provider_cut: {
    status: 502,
    message: "The connection to {provider} broke off in the middle. What had arrived is kept; try again.",
    retryable: true,
  },
  provider_not_compatible: {
    status: 502,
    message: "What answers at {provider} does not speak OpenAI's API. Check the address; it often ends with /v1.",
  },
  provider_ended: {
    status: 409,
    message: "An admin has turned {provider} off or removed it. What had arrived is kept; choose another model.",
  },
  provider_models_needed: {
    status: 400,
    message: "{provider} does not say which models it has. Name at least one, as it calls them.",
  },
  database_busy: { status: 503, message: "The database is too busy. Try again.", retryable: true },
  disk_full: {
    status: 507,
    message: "The disk is full, so this was not saved. Free some space; nothing that was saved is lost.",
    retryable: true,
  },
});

export type ErrorCode = keyof typeof errorCodes;

/** Codes that were shown to people once and must not get a new meaning. */
export const retiredErrorCodes: readonly string[] = [];

/** The wire form of an error of our own API. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details?: Record<string, string | number>;
    readonly requestId?: string;
  };
}
