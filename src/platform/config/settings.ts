// Every setting, described once: the flags, the SHOBAR_* variables, `--help` and the settings page of the docs are
// printed from this. What an admin changes at run time lives in the database, not here.
import { isIP } from "node:net";
import * as z from "zod/mini";

export interface SettingFacts {
  readonly description: string;
  /** What stands for the value in `--help`; a setting without one is switched on or off. */
  readonly placeholder?: string;
  /** May be given several times; in its variable the values are separated by commas. */
  readonly isList?: true;
  /** What `--help` shows where the default depends on the machine. */
  readonly defaultText?: string;
}

export const settingFacts = z.registry<SettingFacts>();

const wholeNumber = (minimum: number, maximum: number) => {
  const error = `must be a whole number from ${minimum} to ${maximum}`;
  const digits = z.string({ error }).check(z.regex(/^\d{1,12}$/, { error }));
  const number = z.pipe(digits, z.transform(Number));
  return z.pipe(number, z.number({ error }).check(z.minimum(minimum, { error }), z.maximum(maximum, { error })));
};

const oneOf = <const Names extends readonly [string, ...string[]]>(names: Names) =>
  z.enum(names, { error: `must be one of ${names.join(", ")}` });

const onOrOff = z.stringbool({ error: "must be on or off" });
const filledText = z.string().check(z.trim(), z.minLength(1, { error: "must not be empty" }));
const hostName = z
  .string()
  .check(
    z.toLowerCase(),
    z.regex(/^[a-z0-9.-]+$/, { error: "must be host names such as chat.example.org, without a scheme or port" }),
  );
const networkAddress = z.string().check(
  z.toLowerCase(),
  z.refine(isNetwork, {
    error: "must be addresses such as 10.0.0.2, 10.0.0.0/8 or loopback, and never all addresses",
  }),
);
/** As `https://huggingface.co`; a mirror may be below a path. */
const hostUrl = z.pipe(
  z.string().check(z.trim(), z.refine(isWebAddress, { error: "must be an address such as https://huggingface.co" })),
  z.transform((url) => url.replace(/\/+$/, "")),
);
const proxyUrl = z
  .string()
  .check(
    z.trim(),
    z.refine(isProxyAddress, { error: "must be a proxy's address such as http://proxy.example.org:3128" }),
  );
export const defaultModelHost = "https://huggingface.co";
const ownUrl = z.pipe(
  z
    .string()
    .check(
      z.trim(),
      z.refine(isOrigin, { error: "must be an address such as https://chat.example.org, without a path" }),
    ),
  z.transform((url) => new URL(url).origin),
);

export const Settings = z.object({
  host: z._default(filledText, "127.0.0.1").register(settingFacts, {
    description: "Address to listen on; 0.0.0.0 lets other machines in. See docs/network.md.",
    placeholder: "ADDRESS",
  }),
  port: z._default(wholeNumber(0, 65_535), 3210).register(settingFacts, {
    description: "Port to listen on; 0 lets the system choose.",
    placeholder: "PORT",
  }),
  data: z.optional(filledText).register(settingFacts, {
    description: "Folder for everything that is kept: the database, logs, models that you add.",
    placeholder: "FOLDER",
    defaultText: "data in a clone, else your data home",
  }),
  models: z._default(z.array(filledText), []).register(settingFacts, {
    description: "Folder with model files (GGUF), beside the data folder's own models folder.",
    placeholder: "FOLDER",
    isList: true,
    defaultText: "none",
  }),
  maxUploadGb: z._default(wholeNumber(1, 100_000), 100).register(settingFacts, {
    description: "Largest model file that may be uploaded in the browser, in GB.",
    placeholder: "GB",
  }),
  modelHost: z._default(hostUrl, defaultModelHost).register(settingFacts, {
    description: "Where models are fetched from: Hugging Face, or a mirror of it, which may be inside your network.",
    placeholder: "URL",
  }),
  modelTokenFile: z.optional(filledText).register(settingFacts, {
    description: "File with your access token for models that only those get who agreed to their terms.",
    placeholder: "FILE",
    defaultText: "none",
  }),
  outgoingProxy: z.optional(proxyUrl).register(settingFacts, {
    description: "Proxy through which models are fetched and services outside are called. See docs/network.md.",
    placeholder: "URL",
    defaultText: "HTTPS_PROXY, else none",
  }),
  proxyExcept: z._default(z.array(z.string()), []).register(settingFacts, {
    description: "Name that is called without it, with all below it; * means every name.",
    placeholder: "NAME",
    isList: true,
    defaultText: "NO_PROXY, else none",
  }),
  starter: z._default(onOrOff, true).register(settingFacts, {
    description: "Offer the small model that ships with Shobar; --no-starter hides it.",
  }),
  threads: z.optional(wholeNumber(1, 1024)).register(settingFacts, {
    description: "Compute threads of a model.",
    placeholder: "NUMBER",
    defaultText: "the number of physical cores",
  }),
  sequences: z._default(wholeNumber(1, 64), 8).register(settingFacts, {
    description: "Answers that a model writes at the same time; more wait in a queue.",
    placeholder: "NUMBER",
  }),
  contextTokens: z._default(wholeNumber(256, 1_048_576), 2048).register(settingFacts, {
    description: "Room of each of them in tokens, prompt and answer together.",
    placeholder: "TOKENS",
  }),
  kvType: z._default(oneOf(["f16", "q8_0"]), "f16").register(settingFacts, {
    description: "Precision of a model's working memory: f16, or q8_0 with about half the size.",
    placeholder: "f16|q8_0",
  }),
  memoryLimitMb: z.optional(wholeNumber(64, 16_777_216)).register(settingFacts, {
    description: "Most memory that one model may take, in MiB.",
    placeholder: "MIB",
    defaultText: "what the machine has free",
  }),
  cacheDiskMb: z.optional(wholeNumber(0, 16_777_216)).register(settingFacts, {
    description:
      "What computed prompts may take of the disk, in MiB, so that they need not be computed again after a restart; 0 keeps none.",
    placeholder: "MIB",
    defaultText: "2 GB, or 5 % of what is free",
  }),
  userSequences: z.optional(wholeNumber(1, 64)).register(settingFacts, {
    description: "Answers that one person gets at the same time while others wait.",
    placeholder: "NUMBER",
    defaultText: "half of --sequences",
  }),
  targetGapMs: z._default(wholeNumber(50, 10_000), 270).register(settingFacts, {
    description:
      "Longest pause in a running answer that somebody else's prompt may cause, in ms; less makes long prompts slower.",
    placeholder: "MS",
  }),
  allowedHosts: z._default(z.array(hostName), []).register(settingFacts, {
    description: "Host names under which people reach this server; IP addresses and localhost always work.",
    placeholder: "NAME",
    isList: true,
    defaultText: "none",
  }),
  publicUrl: z.optional(ownUrl).register(settingFacts, {
    description: "The address that people open, where it is another than the one listened on; links are made with it.",
    placeholder: "URL",
    defaultText: "none",
  }),
  tlsCert: z.optional(filledText).register(settingFacts, {
    description: "Certificate (PEM, with its chain) to speak TLS with; read anew when it is renewed.",
    placeholder: "FILE",
    defaultText: "none",
  }),
  tlsKey: z.optional(filledText).register(settingFacts, {
    description: "The certificate's private key (PEM, without a passphrase), closed to other users of the machine.",
    placeholder: "FILE",
    defaultText: "none",
  }),
  trustedProxy: z._default(z.array(networkAddress), []).register(settingFacts, {
    description: "Address of a proxy whose X-Forwarded-For, -Proto and -Host are believed.",
    placeholder: "ADDRESS",
    isList: true,
    defaultText: "none",
  }),
  logLevel: z._default(oneOf(["debug", "info", "warn", "error"]), "info").register(settingFacts, {
    description: "How much is logged. Prompts, answers, keys and passwords never are.",
    placeholder: "debug|info|warn|error",
  }),
  logTo: z._default(oneOf(["file", "stderr"]), "file").register(settingFacts, {
    description: "Where the log goes: log/shobar.log in the data folder, or stderr for a container.",
    placeholder: "file|stderr",
  }),
});

/** An address, a range of them, or a name for one; a range of all would believe everybody. */
function isNetwork(text: string): boolean {
  const [address = "", bits, ...rest] = text.split("/");
  if (["loopback", "linklocal", "uniquelocal"].includes(text)) {
    return true;
  }
  const width = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  return (
    width > 0 && rest.length === 0 && (bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= width))
  );
}

function isWebAddress(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, search, hash, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === "";
}

function isOrigin(text: string): boolean {
  return isWebAddress(text) && new URL(text).pathname === "/";
}

export type Settings = z.infer<typeof Settings>;
export type SettingName = keyof Settings;

export const settingNames = Object.keys(Settings.shape) as SettingName[];

/** `contextTokens` → `context-tokens`. */
export function flagOf(name: SettingName): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `contextTokens` → `SHOBAR_CONTEXT_TOKENS`. */
export function variableOf(name: SettingName): string {
  return `SHOBAR_${flagOf(name).replaceAll("-", "_").toUpperCase()}`;
}

export function factsOf(name: SettingName): SettingFacts {
  return settingFacts.get(Settings.shape[name]) as SettingFacts;
}

/** The default as people read it; undefined where there is none. */
export function defaultOf(name: SettingName): string | undefined {
  const { defaultText } = factsOf(name);
  if (defaultText !== undefined) {
    return defaultText;
  }
  const definition = Settings.shape[name]._zod.def as { readonly defaultValue?: unknown };
  return typeof definition.defaultValue === "boolean"
    ? definition.defaultValue
      ? "on"
      : "off"
    : String(definition.defaultValue);
}

/** A TLS connection to the proxy itself is not made: what goes through it is encrypted to the other side. */
function isProxyAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname, search } = new URL(text);
  return protocol === "http:" && hostname !== "" && pathname === "/" && search === "";
}
