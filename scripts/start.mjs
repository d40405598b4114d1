// `npm start`: from a fresh clone to a running server.
import path from "node:path";
import { prepare, reportFailure } from "./setup/prepare.mjs";
import { rootFolder } from "./setup/root-folder.mjs";
import { becomeProgram } from "./setup/run-program.mjs";

try {
  const node = await prepare();
  becomeProgram(node, [path.join(rootFolder, "dist", "server", "main.js"), "serve", ...process.argv.slice(2)]);
} catch (error) {
  reportFailure(error);
}
