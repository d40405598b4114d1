#!/usr/bin/env node
// Any command of the CLI, from a clone or from an installed package.
import path from "node:path";
import { prepare, reportFailure } from "./setup/prepare.mjs";
import { rootFolder } from "./setup/root-folder.mjs";
import { becomeProgram } from "./setup/run-program.mjs";

try {
  const node = await prepare({ silent: true });
  becomeProgram(node, [path.join(rootFolder, "dist", "server", "main.js"), ...process.argv.slice(2)]);
} catch (error) {
  reportFailure(error);
}
