// Finds the command that was typed, runs it, and ends with its exit code. What fails is a sentence with what to do.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { checkSettings, readConfig } from "../platform/config/config.ts";
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

export async function runCommandLine(
  words: readonly string[],
  folders: Omit<ProductFiles, "version" | "program">,
): Promise<void> {
  const environment = readEnvironment(folders.productFolder);
  const { program, debug } = environment;
  const failure = { wantsJson: words.includes("--json"), debug, program };
  // A reader that has seen enough (`shobar ... | head`) is no failure.
  process.stdout.on("error", () => process.exit());
  // A bug that nothing caught: what is known to be saved is saved, the rest of the process cannot be trusted any more.
  process.on("uncaughtException", (error) => process.exit(tellFailure(error, failure)));
  try {
    const files = { ...folders, version: readVersion(folders.productFolder), program };
    const command = findCommand(words);
    if (!command) {
      createOutput(failure.wantsJson, program).answer(
        { version: files.version, commands: commands.map(({ name, summary }) => ({ name, summary })) },
        helpOfProgram(commands, files.version),
      );
      return;
    }
    const parsed = parseCommandLine(
      command,
      words.slice(command.name.split(" ").length),
      (settings) => checkSettings(settings, environment).problems,
    );
    const output = createOutput(parsed.wantsJson, program);
    if (parsed.wantsHelp) {
      output.answer({ help: helpOfCommand(command) }, helpOfCommand(command));
      return;
    }
    const run = await command.load();
    await run({ ...parsed, config: () => readConfig(parsed.settings, environment), environment, files, output });
  } catch (error) {
    process.exitCode = tellFailure(error, failure);
  }
}

/** Undefined for help on the program. Throws AppError settings_invalid for a word that is no command. */
function findCommand(words: readonly string[]): Command | undefined {
  const firstFlag = words.findIndex((word) => word.startsWith("-"));
  const [first, second] = words.slice(0, firstFlag < 0 ? 2 : Math.min(2, firstFlag));
  if (first === undefined || first === "help") {
    return words.includes("--version") ? commands.find(({ name }) => name === "version") : undefined;
  }
  const found =
    commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
  if (found) {
    return found;
  }
  const typed = second === undefined ? first : `${first} ${second}`;
  const meant = nearestCommands(typed, first);
  const hint =
    meant.length > 0 ? ` Did you mean ${new Intl.ListFormat("en", { type: "disjunction" }).format(meant)}?` : "";
  throw new AppError("settings_invalid", {
    problems: `There is no command "${typed}".${hint}\nSee: shobar --help`,
  });
}

/** The one that is nearest to what was typed, else all that begin with a word like the first. */
function nearestCommands(typed: string, first: string): readonly string[] {
  const names = commands.map(({ name }) => name);
  const nearest = nearestName(typed, names);
  const beginning = nearestName(
    first,
    names.map((name) => name.split(" ")[0] ?? name),
  );
  return nearest === undefined ? names.filter((name) => name.split(" ")[0] === beginning) : [nearest];
}

function readVersion(productFolder: string): string {
  return (JSON.parse(readFileSync(join(productFolder, "package.json"), "utf8")) as { version: string }).version;
}
