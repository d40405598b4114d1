// `npm run shape`: a thermometer for the code. It judges nothing; the tail of each list is where to look.
import { rootFolder } from "./setup/root-folder.mjs";
import { findCycles } from "./shape/find-cycles.ts";
import { findSimilar } from "./shape/find-similar.ts";
import { readModules } from "./shape/read-modules.ts";

const shown = 10;

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

function distribution(title: string, sizes: readonly number[]): void {
  const sorted = sizes.toSorted((a, b) => a - b);
  const [median, p95, max] = [percentile(sorted, 0.5), percentile(sorted, 0.95), sorted.at(-1) ?? 0];
  console.log(`${title}: ${sorted.length}, lines median ${median}, p95 ${p95}, longest ${max}`);
}

function list(title: string, rows: readonly string[]): void {
  console.log(`\n${title}`);
  for (const row of rows.length > 0 ? rows : ["none"]) console.log(`  ${row}`);
}

const modules = readModules(rootFolder, "src");
const functions = modules.flatMap((module) => module.functions);
distribution(
  "files",
  modules.map(({ lines }) => lines),
);
distribution(
  "functions",
  functions.map(({ lines }) => lines),
);
list(
  "longest files",
  modules
    .toSorted((a, b) => b.lines - a.lines)
    .slice(0, shown)
    .map(({ lines, file }) => `${String(lines).padStart(4)}  ${file}`),
);
list(
  "longest functions",
  functions
    .toSorted((a, b) => b.lines - a.lines)
    .slice(0, shown)
    .map(({ lines, name, file }) => `${String(lines).padStart(4)}  ${name}  ${file}`),
);
list(
  "import cycles",
  findCycles(modules).map((files) => files.join(" -> ")),
);
list(
  "most similar files",
  findSimilar(modules, shown).map(({ files, similarity }) => `${Math.round(similarity * 100)} %  ${files.join("  ")}`),
);
