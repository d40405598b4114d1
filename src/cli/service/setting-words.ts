// The settings that were given, as the words that give them again: with absolute paths, whoever starts the program where.
import { resolve } from "node:path";
import type { Config, SettingFlags } from "../../platform/config/config.ts";
import type { Environment } from "../../platform/config/environment.ts";
import { factsOf, flagOf, type SettingName, settingNames, variableOf } from "../../platform/config/settings.ts";

const paths: readonly SettingName[] = ["data", "models", "tlsCert", "tlsKey"];

/** The data folder is always named: its default depends on where the program lies. */
export function settingWords(flags: SettingFlags, { settings }: Environment, config: Config): string[] {
  return settingNames
    .filter((name) => name === "data" || flags[name] !== undefined || (settings[variableOf(name)] ?? "") !== "")
    .flatMap((name) => {
      const value = config[name];
      const flag = `--${flagOf(name)}`;
      if (typeof value === "boolean" && factsOf(name).placeholder === undefined) {
        return [value ? flag : `--no-${flagOf(name)}`];
      }
      return [value].flat().flatMap((each) => [flag, paths.includes(name) ? resolve(String(each)) : String(each)]);
    });
}
