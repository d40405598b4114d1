// Flags and SHOBAR_* variables to checked settings. A flag wins over a variable; everything wrong is told at once.
import { join, resolve } from "node:path";
import { AppError } from "../errors.ts";
import { nearestName } from "../nearest-name.ts";
import type { Environment } from "./environment.ts";
import type { ModelStore } from "./model-stores.ts";
import { factsOf, flagOf, type SettingName, settingNames, Settings, variableOf } from "./settings.ts";

export interface Config extends Omit<Settings, "data"> {
  /** Absolute path. */
  readonly data: string;
  readonly modelStores: readonly ModelStore[];
}

/** What was typed: `--port 1` is `{ port: "1" }`, `--no-starter` is `{ starter: "off" }`, lists are arrays. */
export type SettingFlags = Readonly<Partial<Record<SettingName, string | readonly string[]>>>;

/** Throws AppError settings_invalid with every problem, one a line. */
export function readConfig(flags: SettingFlags, environment: Environment): Config {
  const { settings, problems } = checkSettings(flags, environment);
  if (problems.length > 0) {
    throw new AppError("settings_invalid", { problems: problems.join("\n") });
  }
  return { ...settings, data: resolve(settings.data ?? environment.defaultData), modelStores: environment.modelStores };
}

/** The settings are whole only where there are no problems. */
export function checkSettings(
  flags: SettingFlags,
  environment: Environment,
): { settings: Settings; problems: readonly string[] } {
  const problems: string[] = unknownVariables(environment);
  const values: Record<string, unknown> = {};
  const others = environment.othersNames ?? {};
  const variable = (name: SettingName): string => {
    const other = others[name];
    return environment.settings[variableOf(name)] === undefined && other !== undefined ? other.name : variableOf(name);
  };
  const sourceOf = (name: SettingName): string => (flags[name] === undefined ? variable(name) : `--${flagOf(name)}`);
  for (const name of settingNames) {
    const source = sourceOf(name);
    const given = flags[name] ?? fromVariable(name, environment.settings[variableOf(name)] ?? others[name]?.value);
    const result = Settings.shape[name].safeParse(given);
    if (result.success) {
      values[name] = result.data;
    } else {
      problems.push(`${source} ${result.error.issues[0]?.message ?? "is wrong"} (it is ${JSON.stringify(given)})`);
    }
  }
  problems.push(...problemsBetween(values, sourceOf));
  return { settings: values as unknown as Settings, problems };
}

/** Values that are fine alone and make no sense together. */
function problemsBetween(
  { publicUrl, tlsCert, tlsKey }: Partial<Settings>,
  sourceOf: (name: SettingName) => string,
): string[] {
  const problems: string[] = [];
  if (tlsCert !== undefined && tlsKey === undefined) {
    problems.push(`${sourceOf("tlsCert")} needs --tls-key with the certificate's private key`);
  }
  if (tlsKey !== undefined && tlsCert === undefined) {
    problems.push(`${sourceOf("tlsKey")} needs --tls-cert with the key's certificate`);
  }
  if (tlsCert !== undefined && publicUrl?.startsWith("http:")) {
    problems.push(
      `${sourceOf("publicUrl")} must begin with https:// where ${sourceOf("tlsCert")} is given (it is "${publicUrl}")`,
    );
  }
  return problems;
}

function fromVariable(name: SettingName, value: string | undefined): string | readonly string[] | undefined {
  if (value === undefined || value === "") {
    return undefined;
  }
  return factsOf(name).isList ? value.split(",").map((part) => part.trim()) : value;
}

/**
 * Variables of ours that are read elsewhere: by tests, by the launcher, by `debug` in environment.ts; and the key that the
 * guides tell programs to take from there, in the same shell perhaps; and the passphrase of backups, which is no flag
 * because other users of the machine can see flags.
 */
const otherVariables =
  /^SHOBAR_(API_KEY|BACKUP_PASSPHRASE|DEBUG|NO_INSTALL|CHROMIUM|DEV_PORT|BENCH_.*|TEST_.*|SETUP_.*)$/;

function unknownVariables(environment: Environment): string[] {
  const known = settingNames.map(variableOf);
  return Object.keys(environment.settings)
    .filter((name) => !known.includes(name) && !otherVariables.test(name))
    .map((name) => {
      const nearest = nearestName(name, known);
      return `There is no setting ${name}.${nearest === undefined ? "" : ` Did you mean ${nearest}?`}`;
    });
}

/** The data folder's own, where a person puts files and where uploads go. */
export function ownModelFolderOf(config: Pick<Config, "data">): string {
  return join(config.data, "models");
}
