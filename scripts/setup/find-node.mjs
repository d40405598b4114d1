// The Node that runs the product: the one pinned in package.json, found by path, so that its version is the same everywhere.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { SetUpError } from "./set-up-error.mjs";

const oldestVersion = 24;

/** Path of a Node >= 24, or a sentence on how to get one. */
export function findNode() {
  const pinned = findPinnedNode();
  if (pinned) return pinned;
  if (Number(process.versions.node.split(".")[0]) >= oldestVersion) return process.execPath;
  throw new SetUpError(
    `There is no ready-made Node ${oldestVersion} for ${process.platform}-${process.arch}, and this is Node ${process.versions.node}. Install Node ${oldestVersion} or later (https://nodejs.org) and start again.`,
  );
}

function findPinnedNode() {
  const system = process.platform === "win32" ? "win" : process.platform;
  const program = process.platform === "win32" ? "bin/node.exe" : "bin/node";
  try {
    const description = createRequire(import.meta.url).resolve(`node-${system}-${process.arch}/package.json`);
    const place = path.join(path.dirname(description), program);
    return existsSync(place) ? place : null;
  } catch {
    return null;
  }
}
