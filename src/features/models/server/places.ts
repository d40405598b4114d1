// Models of this machine that are used in place: files and folders that an admin names, and what other programs' stores
// hold. Naming one stores its path; forgetting it deletes nothing.
import { realpath, stat } from "node:fs/promises";
import { basename, isAbsolute, normalize } from "node:path";
import type { FileToInspect } from "../../../inference/local/model-folder.ts";
import type { PlannedModel } from "../../../inference/local/memory-plan.ts";
import { findModelFiles } from "../../../inference/local/model-folder.ts";
import type { ModelPlace } from "../../../inference/local/model-place.ts";
import { findByName } from "../../../inference/gateway/choose-target.ts";
import { findStoredModels, type StoredModel } from "../../../inference/local/model-stores.ts";
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { ModelStore } from "../../../platform/config/model-stores.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { ModelPlaceRow } from "../../../platform/database/tables.ts";
import { because } from "../../../contract/reasons.ts";
import { AppError, type ErrorDetails } from "../../../platform/errors.ts";
import { createInTurn } from "../../../platform/in-turn.ts";
import { newId } from "../../../platform/new-id.ts";
import { createRecentlyRemoved } from "../../../platform/recently-removed.ts";
import type { FoundModel, NamedFolder, StoreProblem } from "../contract.ts";
import { type SpeedRecord, speedOf } from "./model-speed.ts";
import * as store from "./place-store.ts";
import { readSpeeds } from "./speed-log.ts";

/** What looks at model files and holds those that are loaded: the local engine. */
export interface ModelFiles {
  /** Throws model_file_invalid, model_file_missing and model_file_unreadable. */
  inspect(file: FileToInspect): Promise<ModelDescription>;
  /** What a model that is not here would take. */
  plan(model: PlannedModel): Promise<NonNullable<ModelDescription["memory"]>>;
  unload(modelId: string): Promise<void>;
  /** The places have changed. */
  lookAgain(): void;
}

export interface PlaceParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly caller: ModelCaller;
  readonly files: ModelFiles;
  readonly stores: readonly ModelStore[];
}

export interface Found {
  readonly items: FoundModel[];
  readonly problems: StoreProblem[];
  /** Those that people have named; there may be nothing in them any more. */
  readonly folders: NamedFolder[];
}

export interface Places {
  /** What the stores hold and is not used yet. */
  find(scope: store.OfOrganisation): Promise<Found>;
  /**
   * Uses what is at a path, or what the stores hold by that name; repeated, it changes nothing. Answers the ids of the
   * models there. Throws model_path_missing, model_folder_empty and model_unusable.
   */
  add(scope: store.OfOrganisation, path: string): Promise<readonly string[]>;
  /** The place that has this path or holds this model; null where none does. */
  placeOf(scope: store.OfOrganisation, pathOrModelId: string): Promise<string | null>;
  /** Throws model_place_not_found. */
  remove(scope: store.OfOrganisation, placeId: string): Promise<void>;
  /** As it was, with its models' ids; repeated, it changes nothing. Throws model_place_not_found after some minutes. */
  restore(scope: store.OfOrganisation, placeId: string): Promise<void>;
}

/** For the engine: what people have named, as it stands now. */
export async function readPlaces(db: Database, organisationId: string): Promise<readonly ModelPlace[]> {
  const rows = await db.run(store.listPlaces, { organisationId });
  return rows.flatMap(({ id: placeId, kind, path, model_id: modelId, name }): ModelPlace[] => {
    if (kind === "folder") return [{ kind, path, placeId }];
    return modelId === null ? [] : [{ kind, path, placeId, modelId, name }];
  });
}

export function createPlaces(parts: PlaceParts): Places {
  const { db, clock, caller, files } = parts;
  const removed = createRecentlyRemoved<ModelPlaceRow>(clock);
  // One after the other: the id of a new model is chosen among those that are there.
  const inTurn = createInTurn();

  const insert = (organisationId: string, place: Pick<ModelPlaceRow, "kind" | "path" | "model_id" | "name">) =>
    db.run(store.insertPlace, {
      place: { id: newId(), organisation_id: organisationId, created_at: clock(), ...place },
    });

  const addFile = async (organisationId: string, file: FileToInspect): Promise<string> => {
    const rows = await db.run(store.listPlaces, { organisationId });
    const before = rows.find(({ path, model_id }) => path === file.path && model_id !== null);
    if (before?.model_id) return before.model_id;
    const already = (await caller.listModels()).find(({ place }) => place?.path === file.path);
    if (already !== undefined) return already.id;
    const { id } = await inspect(files, file);
    return (
      (await insert(organisationId, { kind: file.kind, path: file.path, model_id: id, name: file.name })).model_id ?? id
    );
  };

  const addFolder = async (organisationId: string, path: string): Promise<readonly string[]> => {
    if ((await findModelFiles(path)).length === 0) throw new AppError("model_folder_empty", { path });
    const { id } = await insert(organisationId, { kind: "folder", path, model_id: null, name: null });
    files.lookAgain();
    return (await caller.listModels()).filter(({ place }) => place?.placeId === id).map((model) => model.id);
  };

  return {
    async find({ organisationId }) {
      const { models, problems } = await findStoredModels(parts.stores);
      const speeds = await readSpeeds(db, organisationId);
      const used = await usedPaths(db, caller, organisationId);
      const items: FoundModel[] = [];
      for (const model of models) {
        if (used.has(model.path) || used.has(await realOf(model.path))) continue;
        items.push(await describeFound(files, model, speeds));
      }
      return { items, problems: [...problems], folders: await namedFolders(db, caller, organisationId) };
    },
    async placeOf({ organisationId }, name) {
      const row = (await db.run(store.listPlaces, { organisationId })).find(({ path }) => path === name);
      const model = findByName(await caller.listModels(), name);
      return row?.id ?? model?.place?.placeId ?? null;
    },
    add: (scope, wanted) =>
      inTurn(async () => {
        const { organisationId } = scope;
        const found = (await findStoredModels(parts.stores)).models.find(
          ({ name, path }) => path === wanted || name === wanted || name === `${wanted}:latest`,
        );
        try {
          if (found !== undefined) {
            const { store: kind, path, name } = found;
            return [await addFile(organisationId, { kind, path, name: shownName(found, name) })];
          }
          const path = checkPath(wanted);
          const kind = await kindOf(path);
          return kind === "folder"
            ? await addFolder(organisationId, path)
            : [await addFile(organisationId, { kind, path, name: null })];
        } finally {
          files.lookAgain();
        }
      }),
    remove: ({ organisationId }, placeId) =>
      inTurn(async () => {
        const models = (await caller.listModels()).filter(({ place }) => place?.placeId === placeId);
        const row = await db.run(store.deletePlace, { organisationId, placeId });
        if (!row) throw new AppError("model_place_not_found");
        removed.keep(placeId, row);
        files.lookAgain();
        for (const { id } of models) await files.unload(id);
      }),
    restore: ({ organisationId }, placeId) =>
      inTurn(async () => {
        const place = removed.find(placeId);
        if (place?.organisation_id !== organisationId) throw new AppError("model_place_not_found");
        await db.run(store.insertPlace, { place });
        files.lookAgain();
      }),
  };
}

async function namedFolders(db: Database, caller: ModelCaller, organisationId: string): Promise<NamedFolder[]> {
  const [rows, models] = await Promise.all([db.run(store.listPlaces, { organisationId }), caller.listModels()]);
  return rows
    .filter(({ kind }) => kind === "folder")
    .map(({ id, path }) => ({
      placeId: id,
      path,
      models: models.filter(({ place }) => place?.placeId === id).length,
    }));
}

/** Ollama's blobs have no name of their own; of the others the file's header or name says it better. */
function shownName({ store: kind }: StoredModel, name: string): string | null {
  return kind === "ollama" ? name : null;
}

async function inspect(files: ModelFiles, file: FileToInspect): Promise<ModelDescription> {
  try {
    return await files.inspect(file);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const name = file.name ?? basename(file.path);
    throw new AppError("model_unusable", { ...problemOf(error), file: name }, { cause: error });
  }
}

/** Without the name of the file, which stands beside it. */
function problemOf({ details, message, code }: AppError): ErrorDetails & { problem: string } {
  const { problem } = details;
  return typeof problem === "string"
    ? { ...details, problem }
    : { ...details, problem: message.replace(/\.$/, ""), causeCode: code };
}

async function describeFound(
  files: ModelFiles,
  { store: kind, name, path }: StoredModel,
  speeds: readonly SpeedRecord[],
): Promise<FoundModel> {
  try {
    const model = await files.inspect({ kind, path, name });
    const { licence, sizeBytes, memory, quantization } = model;
    return {
      store: kind,
      name,
      path,
      licence,
      languages: [...model.languages],
      sizeBytes,
      quantization,
      memory,
      speed: speedOf(model, speeds),
      problem: null,
    };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const unknown = { licence: null, languages: [], sizeBytes: null, quantization: null, memory: null, speed: null };
    const { problem, ...rest } = problemOf(error);
    return { store: kind, name, path, ...unknown, problem, problemDetails: { ...rest, problem } };
  }
}

async function usedPaths(db: Database, caller: ModelCaller, organisationId: string): Promise<ReadonlySet<string>> {
  const rows = await db.run(store.listPlaces, { organisationId });
  const models = await caller.listModels();
  const paths = models.flatMap(({ place }) => (place === null ? [] : [place.path]));
  return new Set([...rows.map(({ path }) => path), ...paths, ...(await Promise.all(paths.map(realOf)))]);
}

function realOf(path: string): Promise<string> {
  return realpath(path).catch(() => path);
}

function checkPath(path: string): string {
  if (!isAbsolute(path) || path.includes("\0")) {
    throw new AppError("invalid_request", because("model_path_not_whole"));
  }
  const clean = normalize(path);
  return clean.length > 1 ? clean.replace(/[/\\]+$/, "") : clean;
}

/** Asked before anything is opened: opening a pipe or a device would wait for ever. */
async function kindOf(path: string): Promise<"file" | "folder"> {
  const info = await stat(path).catch((error: unknown) => {
    throw new AppError("model_path_missing", { path }, { cause: error });
  });
  if (info.isDirectory()) return "folder";
  if (info.isFile()) return "file";
  throw new AppError("model_unusable", { file: basename(path), ...because("neither_file_nor_folder") });
}
