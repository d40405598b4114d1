// `--help`, printed from the commands' and the settings' own descriptions.
import { defaultOf, factsOf, flagOf, type SettingName, variableOf } from "../platform/config/settings.ts";
import type { Command } from "./command.ts";

export function helpOfProgram(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `Shobar ${version}`,
    "",
    "Usage: shobar COMMAND [OPTIONS]",
    "",
    ...commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Every command explains itself with --help and answers for programs with --json.",
  ].join("\n");
}

export function helpOfCommand(command: Command): string {
  const options = Object.entries(command.options ?? {}).map(([name, { placeholder, description }]) =>
    entry(`--${name}${placeholder === undefined ? "" : ` ${placeholder}`}`, [description]),
  );
  return [
    `Usage: shobar ${command.name}${command.argument === undefined ? "" : ` ${command.argument}`} [OPTIONS]`,
    "",
    command.summary,
    "",
    ...options,
    entry("--json", ["Answer in JSON."]),
    entry("--help", ["Show this."]),
    ...(command.settings.length > 0
      ? ["", "Settings (each also as a variable):", ...command.settings.map(settingEntry)]
      : []),
    "",
    `Example: ${command.example}`,
  ].join("\n");
}

function settingEntry(name: SettingName): string {
  const { description, placeholder, isList } = factsOf(name);
  const flag =
    placeholder === undefined ? `--${flagOf(name)}, --no-${flagOf(name)}` : `--${flagOf(name)} ${placeholder}`;
  const repeat = isList ? " May be given several times; separated by commas in the variable." : "";
  return entry(flag, [`${description}${repeat}`, `${variableOf(name)}, default: ${defaultOf(name)}`]);
}

function entry(flag: string, lines: readonly string[]): string {
  return [`  ${flag}`, ...lines.map((line) => `      ${line}`)].join("\n");
}
