import { parseArgs } from "node:util";
import type { SettingFlags } from "../platform/config/config.ts";
import { factsOf, flagOf, type SettingName } from "../platform/config/settings.ts";
import { AppError } from "../platform/errors.ts";
import { nearestName } from "../platform/nearest-name.ts";
import type { Command, ParsedCommandLine } from "./command.ts";

interface Flag {
  readonly takesValue: boolean;
  readonly setting?: SettingName;
}

/**
 * Throws AppError settings_invalid that names every unknown or incomplete flag, with the nearest known name, and beside
 * them what `problemsOf` says of the settings' values, so that everything wrong is told at once.
 */
export function parseCommandLine(
  command: Command,
  words: readonly string[],
  problemsOf: (settings: SettingFlags) => readonly string[] = () => [],
): ParsedCommandLine {
  const flags = flagsOf(command);
  const problems: string[] = [];
  const options: Record<string, string | boolean> = {};
  const settings: Record<string, string | string[]> = {};
  const listed = Object.fromEntries(
    [...flags].map(([name, flag]) => [name, { type: flag.takesValue ? ("string" as const) : ("boolean" as const) }]),
  );
  const { tokens, positionals } = parseArgs({
    args: [...words],
    options: { ...listed, h: { type: "boolean" } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  for (const token of tokens) {
    if (token.kind !== "option") {
      continue;
    }
    const isOff =
      !flags.has(token.name) && flags.get(token.name.slice(3))?.takesValue === false && token.name.startsWith("no-");
    const name = isOff ? token.name.slice(3) : token.name === "h" ? "help" : token.name;
    const flag = flags.get(name);
    if (!flag) {
      problems.push(unknownFlag(token.rawName, [...flags.keys()]));
    } else if (flag.takesValue && (token.value === undefined || (!token.inlineValue && token.value.startsWith("--")))) {
      problems.push(`${token.rawName} needs a value.`);
    } else if (flag.setting === undefined) {
      options[name] = flag.takesValue ? String(token.value) : !isOff;
    } else if (factsOf(flag.setting).isList) {
      settings[flag.setting] = [...(settings[flag.setting] ?? []), String(token.value)];
    } else {
      settings[flag.setting] = flag.takesValue ? String(token.value) : isOff ? "off" : (token.value ?? "on");
    }
  }
  const [argument, ...surplus] = positionals;
  const unexpected = command.argument === undefined ? positionals : surplus;
  problems.push(...unexpected.map((word) => `"${word}" is one word too many.`));
  if (problems.length > 0 && options["help"] !== true) {
    throw new AppError("settings_invalid", {
      problems: [...problems, ...problemsOf(settings), `See: shobar ${command.name} --help`].join("\n"),
    });
  }
  return { argument, options, settings, wantsHelp: options["help"] === true, wantsJson: options["json"] === true };
}

function flagsOf(command: Command): ReadonlyMap<string, Flag> {
  const flags = new Map<string, Flag>([
    ["help", { takesValue: false }],
    ["json", { takesValue: false }],
  ]);
  for (const [name, option] of Object.entries(command.options ?? {})) {
    flags.set(name, { takesValue: option.placeholder !== undefined });
  }
  for (const setting of command.settings) {
    flags.set(flagOf(setting), { takesValue: factsOf(setting).placeholder !== undefined, setting });
  }
  return flags;
}

function unknownFlag(typed: string, known: readonly string[]): string {
  const nearest = nearestName(typed.replace(/^-+(no-)?/, ""), known);
  return `There is no ${typed}.${nearest === undefined ? "" : ` Did you mean --${nearest}?`}`;
}
