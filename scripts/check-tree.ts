// Rules on names and words that no linter knows: what a file may be called, and what no file may say.
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { rootFolder } from "./setup/root-folder.mjs";

/** At the top: what is not written by hand, and not in the repository. */
const notOurs = new Set(["node_modules", "dist", ".git", ".cache", "screenshots", "data", "shobar-data", "models"]);
const codeFolders = /^(src|scripts|tests|bench)\//;
const emptyNames = /^(utils?|helpers?|common|misc|shared|lib|base|managers?|handlers?|types)$/;
const emptyEndings = /-(utils?|helpers?|manager|handler|v\d+)$/;
const binary = /\.(gguf|png|woff2|ico|webp)$/;

const forbiddenWords: readonly (readonly [RegExp, string])[] = [
  [/registry\.(npmjs|yarnpkg|npmmirror)\./, "names a package registry's host"],
  [/(^|[\s"'`(=:])\/(work|opt\/node\d+)\//m, "names a folder of somebody's machine"],
];
const forbiddenCode: readonly (readonly [RegExp, string])[] = [
  [/\b(test|it|describe)\.(skip|only|todo|fails)\b/, "skips or singles out a test"],
  [/import \{[^}]*\benv\b[^}]*\} from "(node:)?process"/, "reads the environment past src/platform/config"],
  [/(oxlint|eslint)-disable(?!-next-line|-line)/, "switches a lint rule off for a whole file"],
];

/** Every broken rule as "path: what is wrong", in the order of the files. */
export function findTreeFaults(root: string): string[] {
  return [...filesUnder(root, "").flatMap((file) => faultsOf(root, file)), ...lockfileFaults(root)];
}

function faultsOf(root: string, file: string): string[] {
  const faults: string[] = [];
  if (codeFolders.test(file)) faults.push(...nameFaults(file));
  if (binary.test(file) || file === "package-lock.json") return faults;
  const text = readFileSync(path.join(root, file), "utf8");
  // Here and in its test stands what no other file may say.
  if (file.startsWith("scripts/check-tree.")) return faults;
  const rules = codeFolders.test(file) ? [...forbiddenWords, ...forbiddenCode] : forbiddenWords;
  for (const [pattern, fault] of rules) {
    if (pattern.test(text)) faults.push(`${file}: ${fault}`);
  }
  return faults;
}

function nameFaults(file: string): string[] {
  const names = file.split("/").map((part) => part.split(".")[0] ?? part);
  const empty = names.find((name) => emptyNames.test(name.toLowerCase()) || emptyEndings.test(name.toLowerCase()));
  const faults = empty === undefined ? [] : [`${file}: the name "${empty}" says nothing; name what it does`];
  if (/\/index\.tsx?$/.test(file)) faults.push(`${file}: no barrels; import from the file that has it`);
  return faults;
}

interface LockEntry {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** npm ci refuses a lockfile that lacks an optional package of a platform it will never install. */
function lockfileFaults(root: string): string[] {
  const packages: Record<string, LockEntry> = readJson(path.join(root, "package-lock.json")).packages;
  const description = readJson(path.join(root, "package.json"));
  const ranges = { ...description.dependencies, ...description.devDependencies, ...description.optionalDependencies };
  const loose = Object.entries(ranges).filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(String(range)));
  const missing = Object.entries(packages).flatMap(([place, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).filter((name) => !isLocked(packages, place, name)),
  );
  return [
    ...loose.map(([name, range]) => `package.json: ${name} is "${String(range)}", not an exact version`),
    ...missing.map((name) => `package-lock.json: lacks ${name}, so npm ci refuses it`),
  ];
}

/** As Node looks a package up: inside its user, then in each node_modules around it. */
function isLocked(packages: Record<string, LockEntry>, place: string, name: string): boolean {
  if (packages[`${place === "" ? "" : `${place}/`}node_modules/${name}`]) return true;
  if (place === "") return false;
  return isLocked(packages, place.slice(0, Math.max(0, place.lastIndexOf("/node_modules/"))), name);
}

// oxlint-disable-next-line typescript/no-explicit-any -- package.json as npm writes it
function readJson(file: string): any {
  return JSON.parse(readFileSync(file, "utf8"));
}

function filesUnder(root: string, folder: string): string[] {
  return readdirSync(path.join(root, folder))
    .filter((name) => folder !== "" || !notOurs.has(name))
    .sort()
    .flatMap((name) => {
      const place = folder === "" ? name : `${folder}/${name}`;
      return statSync(path.join(root, place)).isDirectory() ? filesUnder(root, place) : [place];
    });
}

if (import.meta.main) {
  const faults = findTreeFaults(rootFolder);
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
