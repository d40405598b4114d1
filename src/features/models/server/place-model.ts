// Puts a whole model, of one file or of several parts, into the models folder under a name that no other has. Whatever was
// done before a crash in the middle is found done when it is repeated.
import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import { exists, freeModelName, placeFile } from "./place-upload.ts";

export interface ModelToPlace {
  /** As it should be called; a free name like it is taken. */
  readonly fileName: string;
  /** Where its bytes are now, part by part. */
  readonly bytes: readonly string[];
  /** What an earlier attempt has noted. */
  readonly placedAs: string | null;
  /** Called before the files have the name, so that they are known again after a crash. */
  note(placedAs: string): Promise<void>;
}

export interface PlaceModelParts {
  readonly modelFolder: string;
  readonly caller: ModelCaller;
}

/** Answers the name. The bytes keep their old names too until they are forgotten. */
export async function placeModel(parts: PlaceModelParts, model: ModelToPlace): Promise<string> {
  const { caller, modelFolder } = parts;
  if (model.placedAs !== null && (await placeAs(parts, model, model.placedAs))) return model.placedAs;
  const tried = new Set<string>();
  while (true) {
    const taken = new Set((await caller.listModels()).map(({ id }) => id));
    const name = freeModelName(model.fileName, taken, (wanted) => tried.has(wanted));
    tried.add(name);
    const files = partNames(name, model.bytes.length);
    const there = await Promise.all(files.map((file) => exists(join(modelFolder, file))));
    if (there.includes(true)) continue;
    await model.note(name);
    if (await placeAs(parts, model, name)) return name;
  }
}

/** `a.gguf` → `a-00001-of-00002.gguf` and so on; itself where there is one file. */
export function partNames(name: string, count: number): string[] {
  if (count === 1) return [name];
  const digits = (number: number): string => String(number).padStart(5, "0");
  const stem = name.slice(0, -".gguf".length);
  return Array.from({ length: count }, (_, index) => `${stem}-${digits(index + 1)}-of-${digits(count)}.gguf`);
}

export async function findPlaced(
  { caller, modelFolder }: PlaceModelParts,
  name: string,
  count = 1,
): Promise<ModelDescription | undefined> {
  const path = join(modelFolder, partNames(name, count)[0] as string);
  return (await caller.listModels()).find((each) => each.place?.path === path);
}

/** The first part last: it is what makes the others a model. */
async function placeAs({ modelFolder }: PlaceModelParts, { bytes }: ModelToPlace, name: string): Promise<boolean> {
  const placed: string[] = [];
  for (const [index, file] of [...partNames(name, bytes.length).entries()].toReversed()) {
    const from = bytes[index] as string;
    const to = join(modelFolder, file);
    const isThere = (await exists(from)) ? await placeFile(from, modelFolder, file) : await exists(to);
    if (!isThere) {
      for (const each of placed) await rm(each, { force: true });
      return false;
    }
    placed.push(to);
  }
  return true;
}
