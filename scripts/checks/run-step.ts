import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import path from "node:path";
import { rootFolder } from "../setup/root-folder.mjs";

/** What a step counts for in the last line. `output` is shown where something failed. */
export interface StepResult {
  readonly passed: number;
  readonly failed: number;
  readonly output: string;
}

export interface Step {
  readonly title: string;
  readonly run: () => Promise<StepResult>;
}

/** Longest that a step may take before it counts as hung. */
const stepLimitMs = 15 * 60_000;

export interface ProgramResult {
  readonly succeeded: boolean;
  readonly output: string;
}

/** Runs a file with this Node, in the repository's folder. */
export function runNode(
  file: string,
  fileArguments: readonly string[],
  environment: NodeJS.ProcessEnv,
  limitMs = stepLimitMs,
): Promise<ProgramResult> {
  const { promise, resolve } = Promise.withResolvers<ProgramResult>();
  const child = spawn(process.execPath, [file, ...fileArguments], {
    cwd: rootFolder,
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const keep = (chunk: Buffer) => (output += chunk.toString());
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const limit = setTimeout(() => {
    output += `\nstill running after ${limitMs / 60_000} minutes; stopped\n`;
    child.kill("SIGKILL");
  }, limitMs);
  child.on("close", (code) => {
    clearTimeout(limit);
    resolve({ succeeded: code === 0, output });
  });
  return promise;
}

/** The file behind a command of an installed package, so that it runs with this Node on every system. */
export function commandFile(packageName: string, command = packageName): string {
  const require = createRequire(import.meta.url);
  const descriptionFile = path.join(rootFolder, "node_modules", packageName, "package.json");
  const { bin } = require(descriptionFile) as { bin: string | Record<string, string> };
  const file = typeof bin === "string" ? bin : bin[command];
  if (file === undefined) throw new Error(`${packageName} has no command ${command}`);
  return path.join(path.dirname(descriptionFile), file);
}

/** A step that runs one program and counts as one test. */
export function programStep(
  title: string,
  file: string,
  fileArguments: readonly string[],
  environment: NodeJS.ProcessEnv,
): Step {
  const run = async (): Promise<StepResult> => {
    const { succeeded, output } = await runNode(file, fileArguments, environment);
    return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, output };
  };
  return { title, run };
}
