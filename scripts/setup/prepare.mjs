// From a fresh clone to something that can run: dependencies, then the build, each only when it is out of date.
// Node's built-ins alone, in syntax that Node 18 reads, so that an old Node gets a sentence and not a syntax error.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { findNode } from "./find-node.mjs";
import { fingerprint } from "./fingerprint.mjs";
import { dependenciesAreCurrent, installDependencies } from "./install-dependencies.mjs";
import { createProgress } from "./progress.mjs";
import { rootFolder } from "./root-folder.mjs";
import { runProgram } from "./run-program.mjs";
import { SetUpError } from "./set-up-error.mjs";
import { withSetupLock } from "./setup-lock.mjs";

/**
 * Returns the path of the Node to go on with.
 * `dependencies`: `prod` or `all`. `build`: whether dist must be current. `silent`: say nothing unless it takes long.
 */
export async function prepare({ dependencies = "prod", build = true, silent = false, root = rootFolder } = {}) {
  requireSetUpNode();
  // An installed package has no lockfile: npm put its dependencies in place and its build came with it.
  if (!existsSync(path.join(root, "package-lock.json"))) return findNode();
  const isReady = async () =>
    dependenciesAreCurrent(root, dependencies) && (!build || (await staleParts(root)).length === 0);
  if (await isReady()) return findNode();
  const progress = createProgress({ silent });
  const onWait = (owner) => progress.say(`Another start is setting up this clone (process ${owner}); waiting for it.`);
  return withSetupLock(path.join(root, ".cache"), onWait, async () => {
    if (!dependenciesAreCurrent(root, dependencies)) {
      await progress.step("Installing dependencies (1 of 2)", async (report) => ({
        ending: await installDependencies(root, dependencies, report),
      }));
    }
    const node = findNode();
    const parts = build ? await staleParts(root) : [];
    if (parts.length > 0) {
      await progress.step(`Building the ${parts.join(" and the ")} (2 of 2)`, () => buildParts(root, node, parts));
    }
    return node;
  });
}

const mayNotWrite = new Set(["EACCES", "EPERM", "EROFS"]);

/** Prints the sentence of a failure that we foresaw and sets the exit code; a bug keeps its stack. */
export function reportFailure(error) {
  process.stderr.write(`\n${sentenceFor(error)}\n`);
  process.exitCode = 1;
}

function sentenceFor(error) {
  if (error instanceof SetUpError) return error.message;
  if (mayNotWrite.has(error.code) && error.path) {
    return `Setting up needs to write ${error.path}, and this user may not. Set up once as the owner of the folder (npm start does it), or give this user the folder.`;
  }
  return error.stack;
}

function requireSetUpNode() {
  if (Number(process.versions.node.split(".")[0]) < 20) {
    throw new SetUpError(
      `Shobar's set-up needs Node 20 or later; this is Node ${process.versions.node}. Install a newer one (https://nodejs.org) and start again.`,
    );
  }
}

/** Which of "server" and "web" were built from other sources than these, or are not there. */
async function staleParts(root) {
  const built = await readFile(path.join(root, "dist", "fingerprints.json"), "utf8")
    .then(JSON.parse)
    .catch(() => ({}));
  const files = { server: "dist/server/main.js", web: "dist/web/index.html" };
  return Object.keys(files).filter(
    (part) => built[part] !== fingerprint(root, part) || !existsSync(path.join(root, files[part])),
  );
}

async function buildParts(root, node, parts) {
  const { code, output } = await runProgram(node, [path.join(root, "scripts", "build.ts"), ...parts], {
    cwd: root,
    env: { ...process.env, NO_COLOR: "1" },
  });
  if (code !== 0) {
    throw new SetUpError(`The build failed.\n\n${output.trim().split("\n").slice(-40).join("\n")}`);
  }
  return { ending: "done" };
}
