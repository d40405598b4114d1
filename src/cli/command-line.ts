// Finds the command that was typed, runs it, and ends with its exit code. What fails is a sentence with what to do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readConfig } from "../platform/config/config.ts";
import { readEnvironment } from "../platform/config/environment.ts";
import { AppError } from "../platform/errors.ts";
import { nearestName } from "../platform/nearest-name.ts";
import type { ProductFiles } from "../server/start.ts";
import type { Command } from "./command.ts";
import { commands } from "./commands.ts";
import { helpOfCommand, helpOfProgram } from "./help.ts";
import { createOutput } from "./output.ts";
import { parseCommandLine } from "./parse-command-line.ts";
import { tellFailure } from "./tell-failure.ts";

export async function runCommandLine(words: readonly string[], folders: Omit<ProductFiles, "version">): Promise<void> {
  const environment = readEnvironment(folders.productFolder);
  const wantsJson = words.includes("--json");
  // A reader that has seen enough (`shobar ... | head`) is no failure.
  process.stdout.on("error", () => process.exit());
  // A bug that nothing caught: what is known to be saved is saved, the rest of the process cannot be trusted any more.
  process.on("uncaughtException", (error) => process.exit(tellFailure(error, { wantsJson, debug: environment.debug })));
  try {
    const files = { ...folders, version: readVersion(folders.productFolder) };
    const command = findCommand(words);
    if (!command) {
      createOutput(wantsJson).answer(
        { version: files.version, commands: commands.map(({ name, summary }) => ({ name, summary })) },
        helpOfProgram(commands, files.version),
      );
      return;
    }
    const parsed = parseCommandLine(command, words.slice(command.name.split(" ").length));
    const output = createOutput(parsed.wantsJson);
    if (parsed.wantsHelp) {
      output.answer({ help: helpOfCommand(command) }, helpOfCommand(command));
      return;
    }
    const run = await command.load();
    await run({ ...parsed, config: () => readConfig(parsed.settings, environment), environment, files, output });
  } catch (error) {
    process.exitCode = tellFailure(error, { wantsJson, debug: environment.debug });
  }
}

/** Undefined for help on the program. Throws AppError settings_invalid for a word that is no command. */
function findCommand(words: readonly string[]): Command | undefined {
  const named = words.slice(
    0,
    words.findIndex((word) => word.startsWith("-")) >= 0
      ? words.findIndex((word) => word.startsWith("-"))
      : words.length,
  );
  const [first, second] = named;
  if (first === undefined || first === "help") {
    return words.includes("--version") ? commands.find(({ name }) => name === "version") : undefined;
  }
  const found =
    commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
  if (found) {
    return found;
  }
  const names = commands.map(({ name }) => name);
  const group = names.filter((name) => name.startsWith(`${first} `));
  const nearest = nearestName(named.slice(0, 2).join(" "), names) ?? nearestName(first, names);
  const hint =
    group.length > 0
      ? ` Did you mean ${group.join(" or ")}?`
      : nearest === undefined
        ? ""
        : ` Did you mean ${nearest}?`;
  throw new AppError("settings_invalid", {
    problems: `There is no command "${named.slice(0, 2).join(" ")}".${hint}\nSee: shobar --help`,
  });
}

function readVersion(productFolder: string): string {
  return (JSON.parse(readFileSync(join(productFolder, "package.json"), "utf8")) as { version: string }).version;
}
