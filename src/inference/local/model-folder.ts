// Which models are here: the GGUF files of the configured folders and the starter that ships with the product.
import { type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { type ModelFile, readModelFile } from "./model-file.ts";
import { checkKnownModel } from "./model-folder-checksum.ts";
import { starterModel } from "./model-folder-known.ts";

const maxFiles = 1000;

export interface LocalModel {
  /** Lower case, stable as long as the file keeps its name. */
  readonly id: string;
  readonly path: string;
  readonly fileBytes: number;
  /** Milliseconds since 1970. */
  readonly modifiedAt: number;
  readonly name: string;
  readonly licence: string | null;
  readonly languages: readonly string[];
  readonly isStarter: boolean;
  /** What the header says; null for a file that cannot be used. */
  readonly file: ModelFile | null;
  /** Why the model cannot be used; null for one that can. */
  readonly error: AppError | null;
}

export interface ModelFolderOptions {
  readonly modelFolders: readonly string[];
  readonly starterFolder: string | null;
  readonly dataFolder: string;
}

export interface ModelFolder {
  /** Looks at the folders anew; a file that has not changed is not read again. The starter comes last. */
  list(): Promise<readonly LocalModel[]>;
  /** Waits for the check of the starter's checksum and throws model_file_invalid if it is not the right file. */
  checkStarter(): Promise<void>;
}

interface FoundFile {
  readonly path: string;
  readonly fileBytes: number;
  readonly modifiedAt: number;
}

export function createModelFolder(options: ModelFolderOptions): ModelFolder {
  let known = new Map<string, LocalModel>();
  let starterError: AppError | null = null;
  let starterCheck: Promise<void> | undefined;

  const checkStarterOnce = (path: string): void => {
    starterCheck ??= checkKnownModel(path, starterModel, options.dataFolder).catch((error: unknown) => {
      starterError =
        error instanceof AppError
          ? error
          : new AppError(
              "model_file_unreadable",
              { file: starterModel.fileName, problem: "it was not there any more" },
              { cause: error },
            );
    });
  };

  return {
    async list() {
      const seen = new Map<string, LocalModel>();
      const taken = new Set([...known.values()].map((model) => model.id));
      for (const { found, isStarter } of await findAll(options)) {
        const before = known.get(found.path);
        const isSame = before?.fileBytes === found.fileBytes && before.modifiedAt === found.modifiedAt;
        const model = isSame ? before : await describe(found, before?.id ?? uniqueId(found.path, taken), isStarter);
        if (isStarter) checkStarterOnce(found.path);
        taken.add(model.id);
        if (!seen.has(found.path)) seen.set(found.path, model);
      }
      known = seen;
      const models = [...seen.values()].map((model) =>
        model.isStarter ? { ...model, error: model.error ?? starterError } : model,
      );
      return [...models.filter((model) => !model.isStarter), ...models.filter((model) => model.isStarter)];
    },
    async checkStarter() {
      await starterCheck;
      if (starterError !== null) throw starterError;
    },
  };
}

/** The starter comes first here, so that it has its id whatever else is called the same. */
async function findAll(options: ModelFolderOptions): Promise<{ found: FoundFile; isStarter: boolean }[]> {
  const folders = await Promise.all(options.modelFolders.map(findFiles));
  const files = folders.flat().map((found) => ({ found, isStarter: false }));
  if (options.starterFolder === null) return files;
  const starter = await statFile(join(options.starterFolder, starterModel.fileName));
  return [...starter.map((found) => ({ found, isStarter: true })), ...files];
}

/** GGUF files in a folder and in its folders; symbolic links are followed. A folder that is not there is empty. */
async function findFiles(folder: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  for (const entry of await entriesOf(folder)) {
    const path = join(folder, entry.name);
    if (isModelName(entry.name)) found.push(...(await statFile(path)));
    else if (entry.isDirectory()) {
      for (const inner of await entriesOf(path)) {
        if (isModelName(inner.name)) found.push(...(await statFile(join(path, inner.name))));
      }
    }
    if (found.length > maxFiles) break;
  }
  return found;
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } catch {
    return [];
  }
}

function isModelName(name: string): boolean {
  return extname(name).toLowerCase() === ".gguf" && !name.startsWith(".");
}

async function statFile(path: string): Promise<FoundFile[]> {
  try {
    const info = await stat(path);
    return info.isFile() ? [{ path, fileBytes: info.size, modifiedAt: info.mtimeMs }] : [];
  } catch {
    return [];
  }
}

async function describe(found: FoundFile, id: string, isStarter: boolean): Promise<LocalModel> {
  const fileName = basename(found.path);
  const unread = { id, ...found, name: nameOf(fileName), licence: null, languages: [], isStarter, file: null };
  const shard = /-(\d{5})-of-(\d{5})\.gguf$/i.exec(fileName);
  if (shard !== null) {
    const problem = `it is one of ${Number(shard[2])} parts; join them into one file first, models in parts cannot be used yet`;
    return { ...unread, error: new AppError("model_file_invalid", { file: fileName, problem }) };
  }
  try {
    const file = await readModelFile(found.path);
    const facts = isStarter ? starterModel : file;
    return {
      ...unread,
      name: facts.name ?? unread.name,
      licence: facts.licence,
      languages: facts.languages,
      file,
      error: null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return { ...unread, error };
  }
}

/** The starter's file name ends in its quantisation; its id does not, so that a better packing keeps the id. */
function uniqueId(path: string, taken: ReadonlySet<string>): string {
  const fileName = basename(path);
  const stem =
    fileName === starterModel.fileName ? "smollm2-135m-instruct" : fileName.slice(0, -extname(fileName).length);
  const safe =
    stem
      .toLowerCase()
      .replace(/[^a-z0-9._-]+/g, "-")
      .replace(/^[-.]+|[-.]+$/g, "") || "model";
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? safe : `${safe}-${number}`;
    if (!taken.has(id)) return id;
  }
}

function nameOf(fileName: string): string {
  return fileName.slice(0, -extname(fileName).length).replace(/[-_]+/g, " ");
}
