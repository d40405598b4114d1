// What a command is: its words, its options, and its work, which is loaded only when it is asked for.
import type { Config, SettingFlags } from "../platform/config/config.ts";
import type { Environment } from "../platform/config/environment.ts";
import type { SettingName } from "../platform/config/settings.ts";
import type { ProductFiles } from "../server/start.ts";
import type { Output } from "./output.ts";

export interface CommandOption {
  readonly description: string;
  /** What stands for the value in `--help`; without one the option is a switch. */
  readonly placeholder?: string;
}

export interface Command {
  /** As it is typed: `users create`. */
  readonly name: string;
  readonly summary: string;
  /** The argument that it takes, for example `QUESTION`; none if left out. */
  readonly argument?: string;
  readonly options?: Readonly<Record<string, CommandOption>>;
  readonly settings: readonly SettingName[];
  /** One way of typing it that works. */
  readonly example: string;
  readonly load: () => Promise<(call: CommandCall) => Promise<void>>;
}

export interface CommandCall {
  readonly argument: string | undefined;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  /** Those on the command line, as they were typed. */
  readonly settings: SettingFlags;
  /** Checks the settings when it is first asked. */
  readonly config: () => Config;
  readonly environment: Environment;
  readonly files: ProductFiles;
  readonly output: Output;
}

export interface ParsedCommandLine {
  readonly argument: string | undefined;
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly settings: SettingFlags;
  readonly wantsHelp: boolean;
  readonly wantsJson: boolean;
}
