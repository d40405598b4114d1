// `node scripts/run.mjs NAME ...` runs scripts/NAME.ts with the product's Node and every dependency, test tools included
// where the script needs them.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { prepare, reportFailure } from "./setup/prepare.mjs";
import { rootFolder } from "./setup/root-folder.mjs";
import { becomeProgram } from "./setup/run-program.mjs";
import { SetUpError } from "./setup/set-up-error.mjs";

/** A visitor need not wait for test tools. */
const productOnly = new Set(["demo"]);

try {
  const [name, ...scriptArguments] = process.argv.slice(2);
  const program = path.join(rootFolder, "scripts", `${name}.ts`);
  if (!name || !existsSync(program)) {
    throw new SetUpError(`There is no script ${name ?? "without a name"}. There are: ${scriptNames().join(", ")}.`);
  }
  const node = await prepare({ dependencies: productOnly.has(name) ? "prod" : "all", build: false });
  becomeProgram(node, [program, ...scriptArguments]);
} catch (error) {
  reportFailure(error);
}

/** Those that package.json offers; the other files in this folder are parts of them. */
function scriptNames() {
  const { scripts } = JSON.parse(readFileSync(path.join(rootFolder, "package.json"), "utf8"));
  const names = Object.values(scripts).flatMap((line) => /^node scripts\/run\.mjs (\S+)/.exec(line)?.[1] ?? []);
  return [...new Set(names)];
}
