// The commands, in the order in which help lists them.
import { settingNames } from "../platform/config/settings.ts";
import type { Command } from "./command.ts";

export const commands: readonly Command[] = [
  {
    name: "serve",
    summary: "Start the server.",
    settings: settingNames,
    example: "shobar serve --port 8080 --data /srv/shobar",
    load: async () => (await import("./commands/serve.ts")).serve,
  },
  {
    name: "version",
    summary: "Show the version.",
    settings: [],
    example: "shobar version --json",
    load: async () => (await import("./commands/version.ts")).showVersion,
  },
];
