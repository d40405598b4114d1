// `node scripts/run.mjs NAME ...` runs scripts/NAME.ts with the product's Node and every dependency, test tools included.
import path from "node:path";
import { prepare, reportFailure } from "./setup/prepare.mjs";
import { rootFolder } from "./setup/root-folder.mjs";
import { becomeProgram } from "./setup/run-program.mjs";

try {
  const [name, ...scriptArguments] = process.argv.slice(2);
  const node = await prepare({ dependencies: "all", build: false });
  becomeProgram(node, [path.join(rootFolder, "scripts", `${name}.ts`), ...scriptArguments]);
} catch (error) {
  reportFailure(error);
}
