// Gives a whole upload its place in the models folder: a safe name that no other model has, never over another file.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, lstat, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { uniqueId } from "../../../inference/local/model-folder.ts";
import { syncFolderOf } from "../../../platform/backup/sync-folder.ts";

const maxNameCharacters = 100;

/** `../Mein Modell (1).GGUF` → `Mein-Modell-1.gguf`. */
export function safeModelName(fileName: string): string {
  const last = fileName.split(/[/\\]/).at(-1) ?? "";
  const stem = last.replace(/\.gguf$/i, "").normalize("NFC");
  const safe = stem.replace(/[^\p{L}\p{M}\p{N}._-]+/gu, "-").replace(/^[-.]+|[-.]+$/g, "");
  return `${[...safe].slice(0, maxNameCharacters).join("") || "model"}.gguf`;
}

/** A name whose id no model has, so that the model keeps that id after a restart. */
export function freeModelName(
  fileName: string,
  takenIds: ReadonlySet<string>,
  isTaken: (name: string) => boolean,
): string {
  const safe = safeModelName(fileName);
  const stem = safe.slice(0, -".gguf".length);
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? safe : `${stem}-${number}.gguf`;
    const isFree = uniqueId(name, takenIds) === uniqueId(name, new Set());
    if (isFree && !isTaken(name)) return name;
  }
}

/**
 * Answers whether the file has that name now; false where another file has it. Repeated after a crash in the middle, it
 * recognises its own work. The bytes keep their old name too until `forgetBytes`.
 */
export async function placeFile(bytes: string, modelFolder: string, name: string): Promise<boolean> {
  const target = join(modelFolder, name);
  try {
    await link(bytes, target);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") return isSameFile(bytes, target);
    if (await exists(target)) return false;
    // Some file systems have no links.
    await rename(bytes, target);
  }
  await syncFolderOf(target);
  return true;
}

export async function forgetBytes(bytes: string): Promise<void> {
  await rm(bytes, { force: true });
}

export async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [first, second] = await Promise.all([lstat(one), lstat(other)]);
  return first.ino === second.ino && first.dev === second.dev;
}
