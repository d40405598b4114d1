// `npm run bench` runs every claim in bench/, `npm run bench -- NAME ...` those. Each is a program of its own, so that no
// run warms up another; each prints its table and writes its JSON.
import { readdirSync } from "node:fs";
import path from "node:path";
import { spawnSync } from "node:child_process";
import { rootFolder } from "./setup/root-folder.mjs";

const folder = path.join(rootFolder, "bench");
const claims = readdirSync(folder)
  .filter((name) => name.endsWith(".ts"))
  .map((name) => path.basename(name, ".ts"));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !claims.includes(name));
if (unknown.length > 0) {
  console.log(`No such claim: ${unknown.join(", ")}. There are: ${claims.join(", ")}.`);
  process.exitCode = 2;
} else {
  for (const claim of claims.filter((name) => wanted.length === 0 || wanted.includes(name))) {
    console.log(`\n${claim}`);
    const { status } = spawnSync(process.execPath, [path.join(folder, `${claim}.ts`)], {
      cwd: rootFolder,
      stdio: "inherit",
    });
    if (status !== 0) process.exitCode = 1;
  }
}
