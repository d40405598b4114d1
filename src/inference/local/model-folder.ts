// Which models are here: the GGUF files of the places that are used now and the starter that ships with the product.
import { type Dirent } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { because } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";
import { fileProblem } from "../../platform/file-problem.ts";
import { type ModelFile, readModelFile } from "./model-file.ts";
import { partOf, pathOfPart } from "./model-file-parts.ts";
import { checkKnownModel } from "./model-folder-checksum.ts";
import { starterModel } from "./model-folder-known.ts";
import { ollamaModelFile } from "./model-folder-ollama.ts";
import { type FilePlace, type FolderPlace, isFilePlace, type ModelPlace, type ModelPlaceKind } from "./model-place.ts";

const maxFiles = 1000;

export interface LocalModel {
  /** Lower case; that of a file in a folder is stable as long as the file keeps its name. */
  readonly id: string;
  readonly path: string;
  readonly place: LocalModelPlace;
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

export interface LocalModelPlace {
  readonly kind: "shipped" | ModelPlaceKind;
  /** What the place is forgotten by; null where it cannot be. */
  readonly placeId: string | null;
}

export interface ModelFolderOptions {
  /** The places that are used now, asked at each look. */
  readonly places: () => Promise<readonly ModelPlace[]>;
  readonly starterFolder: string | null;
  readonly dataFolder: string;
}

export interface ModelFolder {
  /** Looks at the places anew; a file that has not changed is not read again. The starter comes last. */
  list(): Promise<readonly LocalModel[]>;
  /** A file that is no model here (yet), read as `list` reads its files; its id is one that is free. */
  inspect(file: FileToInspect): Promise<LocalModel>;
  /** Waits for the check of the starter's checksum and throws model_file_invalid if it is not the right file. */
  checkStarter(): Promise<void>;
}

export interface FileToInspect {
  readonly kind: FilePlace["kind"];
  /** As a place would have it: of a model of Ollama's its manifest. */
  readonly path: string;
  readonly name: string | null;
}

interface FoundFile {
  readonly path: string;
  readonly fileBytes: number;
  readonly modifiedAt: number;
}

/** A file that is there, or one that ought to be. */
interface Candidate {
  readonly place: LocalModelPlace;
  readonly file: FoundFile | { readonly path: string; readonly error: AppError };
  readonly modelId: string | null;
  readonly name: string | null;
}

type Facts = Pick<
  LocalModel,
  "path" | "fileBytes" | "modifiedAt" | "name" | "licence" | "languages" | "file" | "error"
>;

export function createModelFolder(options: ModelFolderOptions): ModelFolder {
  let known = new Map<string, LocalModel>();
  const read = new Map<string, Facts>();
  let starterError: AppError | null = null;
  let starterCheck: Promise<void> | undefined;

  const checkStarterOnce = (path: string): void => {
    starterCheck ??= checkKnownModel(path, starterModel, options.dataFolder).catch((error: unknown) => {
      starterError =
        error instanceof AppError
          ? error
          : new AppError(
              "model_file_unreadable",
              { file: starterModel.fileName, ...because("model_starter_gone") },
              { cause: error },
            );
    });
  };

  const factsOf = async ({ file, place }: Candidate): Promise<Facts> => {
    if ("error" in file) return missing(file);
    const before = read.get(file.path);
    if (before?.fileBytes === file.fileBytes && before.modifiedAt === file.modifiedAt) return before;
    if (read.size > maxFiles) read.clear();
    const facts = await readFacts(file, place.kind === "shipped");
    // What is wrong with a model in parts may be in another of its files.
    if (facts.error === null || partOf(basename(file.path)) === null) read.set(file.path, facts);
    return facts;
  };

  return {
    async list() {
      const seen = new Map<string, LocalModel>();
      const candidates = await findAll(await options.places(), options.starterFolder);
      const named = new Set(candidates.map(({ modelId }) => modelId));
      const taken = new Set([...[...known.values()].map(({ id }) => id), ...candidates.flatMap(namedId)]);
      for (const candidate of candidates) {
        const { file, place, modelId, name } = candidate;
        if (seen.has(file.path)) continue;
        const before = known.get(file.path);
        const facts = await factsOf(candidate);
        const kept = before !== undefined && !named.has(before.id) ? before.id : null;
        const id = modelId ?? kept ?? uniqueId(basename(file.path), taken);
        if (place.kind === "shipped") checkStarterOnce(file.path);
        taken.add(id);
        const model = { ...facts, id, name: name ?? facts.name, place, isStarter: place.kind === "shipped" };
        seen.set(file.path, before !== undefined && isSameModel(before, model) ? before : model);
      }
      known = seen;
      const models = [...seen.values()].map((model) =>
        model.isStarter ? { ...model, error: model.error ?? starterError } : model,
      );
      return [...models.filter((model) => !model.isStarter), ...models.filter((model) => model.isStarter)];
    },
    async inspect({ kind, path, name }) {
      const place = { kind, placeId: null };
      const facts = await factsOf({ file: await findFile({ kind, path }), place, modelId: null, name });
      const taken = new Set([...known.values()].map((model) => model.id));
      const id = uniqueId(name === null ? basename(path) : name.replace(/:latest$/, ""), taken);
      return { ...facts, id, name: name ?? facts.name, place, isStarter: false };
    },
    async checkStarter() {
      await starterCheck;
      if (starterError !== null) throw starterError;
    },
  };
}

function namedId({ modelId }: Candidate): readonly string[] {
  return modelId === null ? [] : [modelId];
}

function isSameModel(one: LocalModel, other: LocalModel): boolean {
  const isSameFile = one.file === other.file && one.error === other.error && one.modifiedAt === other.modifiedAt;
  return isSameFile && one.id === other.id && one.name === other.name && one.place.placeId === other.place.placeId;
}

/** The starter comes first here, so that it has its id whatever else is called the same; then files that were named. */
async function findAll(places: readonly ModelPlace[], starterFolder: string | null): Promise<Candidate[]> {
  const named = places.filter(isFilePlace).map(async (place): Promise<Candidate> => {
    const { kind, placeId, modelId, name } = place;
    return { place: { kind, placeId }, file: await findFile(place), modelId, name };
  });
  const inFolders = places.flatMap((place) => (isFilePlace(place) ? [] : [findInFolder(place)]));
  const starter = starterFolder === null ? [] : await statFile(join(starterFolder, starterModel.fileName));
  return [
    ...starter.map((file) => ({ place: { kind: "shipped" as const, placeId: null }, file, modelId: null, name: null })),
    ...(await Promise.all(named)),
    ...(await Promise.all(inFolders)).flat(),
  ];
}

async function findInFolder({ kind, path, placeId }: FolderPlace): Promise<Candidate[]> {
  const files = await findModelFiles(path);
  return files.map((file) => ({ place: { kind, placeId }, file, modelId: null, name: null }));
}

async function findFile({ kind, path }: Pick<FilePlace, "kind" | "path">): Promise<Candidate["file"]> {
  try {
    const file = kind === "ollama" ? await ollamaModelFile(path) : path;
    const info = await stat(file);
    if (info.isFile()) return { path: file, fileBytes: info.size, modifiedAt: info.mtimeMs };
    return { path, error: new AppError("model_file_invalid", { file: basename(path), ...because("not_file") }) };
  } catch (error) {
    return { path, error: error instanceof AppError ? error : notThere(path, error) };
  }
}

function notThere(path: string, error: unknown): AppError {
  const file = basename(path);
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOENT" || code === "ENOTDIR"
    ? new AppError("model_file_missing", { file }, { cause: error })
    : new AppError("model_file_unreadable", { file, ...fileProblem(error) }, { cause: error });
}

/** GGUF files in a folder and in its folders; symbolic links are followed. A folder that is not there is empty. */
export async function findModelFiles(folder: string): Promise<FoundFile[]> {
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
  return found.filter(({ path }, _, all) => !isFurtherPart(path, (first) => all.some((each) => each.path === first)));
}

/** A model in parts is listed once, by its first part, if that is there. */
export function isFurtherPart(path: string, isThere: (first: string) => boolean): boolean {
  const part = partOf(basename(path));
  return part !== null && part.number !== 1 && isThere(pathOfPart(path, 1));
}

async function entriesOf(folder: string): Promise<Dirent[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  } catch {
    return [];
  }
}

export function isModelName(name: string): boolean {
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

function missing({ path, error }: { readonly path: string; readonly error: AppError }): Facts {
  return {
    path,
    fileBytes: 0,
    modifiedAt: 0,
    name: nameOf(basename(path)),
    licence: null,
    languages: [],
    file: null,
    error,
  };
}

async function readFacts(found: FoundFile, isStarter: boolean): Promise<Facts> {
  const fileName = basename(found.path);
  const unread = { ...found, name: nameOf(fileName), licence: null, languages: [], file: null };
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
export function uniqueId(fileName: string, taken: ReadonlySet<string>): string {
  const stem =
    fileName === starterModel.fileName
      ? "smollm2-135m-instruct"
      : isModelName(fileName)
        ? (partOf(fileName)?.stem ?? fileName.slice(0, -extname(fileName).length))
        : fileName;
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
  const whole = isModelName(fileName) ? fileName.slice(0, -extname(fileName).length) : fileName;
  const stem = partOf(fileName)?.stem ?? whole;
  return stem.replace(/[-_]+/g, " ");
}
