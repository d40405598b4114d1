// What Ollama, LM Studio and a Hugging Face cache hold on this machine: found, not used until somebody says so.
import { readdir, readFile, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { ModelStore, ModelStoreName } from "../../platform/config/model-stores.ts";
import { fileProblem } from "../../platform/file-problem.ts";
import { isFurtherPart, isModelName } from "./model-folder.ts";
import { listOllamaModels } from "./model-folder-ollama.ts";

const maxFound = 500;
/** Publisher, repository, perhaps a folder for each quantisation. */
const maxDepth = 5;

export interface StoredModel {
  readonly store: ModelStoreName;
  /** As the store's own program would call it. */
  readonly name: string;
  /** What it is used by: a GGUF file, or Ollama's manifest. */
  readonly path: string;
}

export interface StoreProblem {
  readonly store: ModelStoreName;
  readonly folder: string;
  readonly problem: string;
}

export interface StoresFound {
  readonly models: readonly StoredModel[];
  /** Stores that are there but cannot be read; one that is not there is no problem. */
  readonly problems: readonly StoreProblem[];
}

export async function findStoredModels(stores: readonly ModelStore[]): Promise<StoresFound> {
  const models: StoredModel[] = [];
  const problems: StoreProblem[] = [];
  for (const store of stores) {
    try {
      models.push(...(await modelsOf(store)));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== "ENOENT" && code !== "ENOTDIR") {
        problems.push({ store: store.name, folder: store.folder, problem: fileProblem(error).problem });
      }
    }
  }
  return { models: models.slice(0, maxFound), problems };
}

async function modelsOf({ name: store, folder }: ModelStore): Promise<readonly StoredModel[]> {
  switch (store) {
    case "ollama":
      return (await listOllamaModels(folder)).map(({ name, manifestPath }) => ({ store, name, path: manifestPath }));
    case "lm-studio": {
      const paths = await findFiles(folder, maxDepth);
      return paths.map((path) => ({ store, name: relative(folder, path).split(sep).join("/"), path }));
    }
    case "hugging-face":
      return findInHubCache(folder);
  }
}

/** `models--<owner>--<name>/snapshots/<commit>/` holds links into `blobs/`; `refs/main` names the commit of the last download. */
async function findInHubCache(folder: string): Promise<readonly StoredModel[]> {
  const found: StoredModel[] = [];
  const seen = new Set<string>();
  for (const entry of await readdir(folder)) {
    if (!entry.startsWith("models--")) continue;
    const repository = entry.slice("models--".length).replaceAll("--", "/");
    for (const snapshot of await snapshotsOf(join(folder, entry))) {
      for (const path of await findFiles(snapshot, maxDepth)) {
        const file = await realpath(path);
        if (seen.has(file)) continue;
        seen.add(file);
        found.push({
          store: "hugging-face",
          name: `${repository}/${relative(snapshot, path).split(sep).join("/")}`,
          path,
        });
      }
    }
  }
  return found;
}

async function snapshotsOf(repository: string): Promise<readonly string[]> {
  const folder = join(repository, "snapshots");
  const main = await readFile(join(repository, "refs", "main"), "utf8").then(
    (text) => text.trim(),
    () => "",
  );
  const names = await readdir(folder).catch(() => []);
  return names
    .toSorted((one, other) => Number(other === main) - Number(one === main))
    .map((name) => join(folder, name));
}

/** GGUF files below a folder, the parts of others (projectors) left out; links to files that are gone are, too. */
async function findFiles(folder: string, depth: number): Promise<string[]> {
  const found: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth > 1) found.push(...(await findFiles(path, depth - 1).catch(() => [])));
    else if (isModelName(entry.name) && !isProjector(entry.name) && (await isThere(path))) found.push(path);
    if (found.length > maxFound) break;
  }
  return found.filter((path) => !isFurtherPart(path, (first) => found.includes(first)));
}

/** What lets a model see pictures lies beside it as a file of its own. */
function isProjector(fileName: string): boolean {
  return /mmproj/i.test(fileName);
}

function isThere(path: string): Promise<boolean> {
  return realpath(path).then(
    () => true,
    () => false,
  );
}
