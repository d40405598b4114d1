// An earlier version of this program, from the repository's own history, with today's dependencies.
import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");

/** As it was before this file came. Answers the entry of the program in `folder`, which is there and empty. */
export function placeOlderProgram(folder: string, before: string): string {
  const commit = git("log", "--diff-filter=A", "--format=%H", "--", before).toString().trim().split("\n").at(-1);
  if (!commit) {
    throw new Error(
      `The history of this clone does not reach back to where ${before} came. Fetch all of it: git fetch --unshallow`,
    );
  }
  const archive = git("archive", `${commit}^`, "src", "models", "package.json");
  execFileSync("tar", ["-x", "-C", folder], { input: archive });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return join(folder, "src", "cli", "main.ts");
}

function git(...words: readonly string[]): Buffer {
  return execFileSync("git", words, { cwd: root, maxBuffer: 1_000_000_000, stdio: ["ignore", "pipe", "pipe"] });
}
