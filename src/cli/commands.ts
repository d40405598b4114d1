// The commands, in the order in which help lists them.
import { type SettingName, settingNames } from "../platform/config/settings.ts";
import type { Command } from "./command.ts";

/** What a command without a running server needs to know for a model. */
const modelSettings: readonly SettingName[] = [
  "data",
  "models",
  "starter",
  "threads",
  "sequences",
  "contextTokens",
  "kvType",
  "memoryLimitMb",
];
const emailOption = { email: { placeholder: "EMAIL", description: "The person's email." } };
const keyOwnerOption = { user: { placeholder: "EMAIL", description: "Whose key; the owner's when left out." } };
const passphraseOption = {
  "passphrase-file": {
    placeholder: "FILE",
    description: "File with the passphrase; SHOBAR_BACKUP_PASSPHRASE when left out, not encrypted without either.",
  },
};

export const commands: readonly Command[] = [
  {
    name: "serve",
    summary: "Start the server.",
    settings: settingNames,
    example: "shobar serve --port 8080 --data /srv/shobar",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "users create",
    summary: "Make an account and print its first password.",
    options: {
      ...emailOption,
      name: { placeholder: "NAME", description: "The person's name." },
      role: { placeholder: "member|admin", description: "What they may do; member when left out." },
    },
    settings: ["data"],
    example: 'shobar users create --email ana@example.org --name "Ana Ruiz"',
    load: async () => (await import("./commands/users.ts")).createUser,
  },
  {
    name: "users list",
    summary: "List the people.",
    settings: ["data"],
    example: "shobar users list --json",
    load: async () => (await import("./commands/users.ts")).listUsers,
  },
  {
    name: "users reset-password",
    summary: "Give a person a new password and sign them out everywhere.",
    options: emailOption,
    settings: ["data"],
    example: "shobar users reset-password --email ana@example.org",
    load: async () => (await import("./commands/users.ts")).resetPassword,
  },
  {
    name: "users disable",
    summary: "Stop a person's sessions and API keys at once; nothing of theirs is deleted.",
    options: emailOption,
    settings: ["data"],
    example: "shobar users disable --email ana@example.org",
    load: async () => (await import("./commands/users.ts")).disableUser,
  },
  {
    name: "users enable",
    summary: "Let a disabled person in again.",
    options: emailOption,
    settings: ["data"],
    example: "shobar users enable --email ana@example.org",
    load: async () => (await import("./commands/users.ts")).enableUser,
  },
  {
    name: "keys create",
    summary: "Make an API key and print it, once.",
    options: { ...keyOwnerOption, name: { placeholder: "NAME", description: "What the key is for." } },
    settings: ["data"],
    example: "shobar keys create --name laptop --json",
    load: async () => (await import("./commands/keys.ts")).createKey,
  },
  {
    name: "keys list",
    summary: "List a person's API keys.",
    options: keyOwnerOption,
    settings: ["data"],
    example: "shobar keys list --user ana@example.org",
    load: async () => (await import("./commands/keys.ts")).listKeys,
  },
  {
    name: "keys revoke",
    summary: "Make an API key stop working at once.",
    argument: "KEY_ID",
    options: keyOwnerOption,
    settings: ["data"],
    example: "shobar keys revoke 01a20c23-aa05-70e5-8a67-5fd0fb34d846",
    load: async () => (await import("./commands/keys.ts")).revokeKey,
  },
  {
    name: "models list",
    summary: "List the models that are here, where they lie and whether they fit this machine.",
    settings: modelSettings,
    example: "shobar models list",
    load: async () => (await import("./commands/models.ts")).listModels,
  },
  {
    name: "models found",
    summary: "List what Ollama, LM Studio and the Hugging Face cache hold here and is not used yet.",
    settings: modelSettings,
    example: "shobar models found",
    load: async () => (await import("./commands/models.ts")).findModels,
  },
  {
    name: "models add",
    summary: "Use a model file, a folder of them or a found model where it lies; nothing is copied.",
    argument: "PATH_OR_NAME",
    settings: modelSettings,
    example: "shobar models add /srv/models/qwen3-4b-q4_k_m.gguf",
    load: async () => (await import("./commands/models.ts")).addModel,
  },
  {
    name: "models remove",
    summary: "No longer use what `models add` named, a whole folder at once; nothing is deleted.",
    argument: "ID_OR_PATH",
    settings: modelSettings,
    example: "shobar models remove qwen3-4b-q4_k_m",
    load: async () => (await import("./commands/models.ts")).removeModel,
  },
  {
    name: "models default",
    summary: "Choose the model that answers where a chat names none.",
    argument: "ID",
    options: { automatic: { description: "Leave it to Shobar: the largest that fits." } },
    settings: modelSettings,
    example: "shobar models default qwen3-4b-q4_k_m",
    load: async () => (await import("./commands/models.ts")).chooseDefaultModel,
  },
  {
    name: "ask",
    summary: "Ask a model one question and stream its answer; the question may also be piped in.",
    argument: "QUESTION",
    options: { model: { placeholder: "ID", description: "The model; the default one when left out." } },
    settings: modelSettings,
    example: 'shobar ask "Why is the sky blue?"',
    load: async () => (await import("./commands/ask.ts")).ask,
  },
  {
    name: "backup",
    summary: "Write everything but the model files into one file, also while the server runs.",
    argument: "FILE",
    options: passphraseOption,
    settings: ["data"],
    example: "shobar backup /mnt/backups/monday.shobar --passphrase-file /root/shobar-passphrase",
    load: async () => (await import("./commands/backup.ts")).backup,
  },
  {
    name: "restore",
    summary: "Check a backup, then put it in the place of what is there; the server must be stopped.",
    argument: "FILE",
    options: passphraseOption,
    settings: ["data"],
    example: "shobar restore /mnt/backups/monday.shobar --passphrase-file /root/shobar-passphrase",
    load: async () => (await import("./commands/restore.ts")).restore,
  },
  {
    name: "version",
    summary: "Show the version.",
    settings: [],
    example: "shobar version --json",
    load: async () => (await import("./commands/version.ts")).showVersion,
  },
];
