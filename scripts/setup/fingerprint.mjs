// A hash over the contents of everything that a build reads, so that it runs exactly when its result would differ.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";

export const hashOf = (content) => createHash("sha256").update(content).digest("hex");

const both = ["package.json", "package-lock.json", "scripts/build.ts", "src/contract", "src/features"];
const inputs = {
  server: [...both, "scripts/place-version.ts", "src/cli", "src/server", "src/inference", "src/platform"],
  web: [...both, "scripts/compress-files.ts", "index.html", "vite.config.ts", "src/ui", "src/web"],
};
const otherSide = { server: "web", web: "server" };

/** @param {"server" | "web"} part */
export function fingerprint(root, part) {
  const hash = createHash("sha256");
  const foreign = new RegExp(`^src/features/[^/]+/${otherSide[part]}/`);
  for (const input of inputs[part]) {
    for (const file of filesUnder(root, input)) {
      if (foreign.test(file) || /\.test\.tsx?$/.test(file)) continue;
      hash
        .update(file)
        .update("\0")
        .update(readFileSync(path.join(root, file)))
        .update("\0");
    }
  }
  return hash.digest("hex");
}

function filesUnder(root, place) {
  const state = statSync(path.join(root, place), { throwIfNoEntry: false });
  if (!state) return [];
  if (state.isFile()) return [place];
  return readdirSync(path.join(root, place), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesUnder(root, `${place}/${entry.name}`) : [`${place}/${entry.name}`],
    );
}
