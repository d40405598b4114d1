// `secrets.key` in the data folder: one key a line, the one in use first. There are several only after a restore, so that
// the database which was there before can still be put back.
import {
  chmodSync,
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { syncFolderOf } from "../backup/sync-folder.ts";
import { AppError } from "../errors.ts";
import { fileProblem, unwritable } from "../file-problem.ts";
import { secretsKeyBytes } from "./secrets.ts";

const keyLine = /^[A-Za-z0-9_-]{43}$/;
export const maxKeyFileBytes = 64_000;

export function keyFileOf(dataFolder: string): string {
  return join(dataFolder, "secrets.key");
}

/** Null where there is no file. Throws AppError secrets_key_wrong where it cannot be read or is none. */
export function readKeyFile(dataFolder: string): Buffer[] | null {
  const file = keyFileOf(dataFolder);
  try {
    const { mode, size } = statSync(file);
    if (size > maxKeyFileBytes) throw new AppError("secrets_key_wrong", { file, problem: "it is no key file" });
    const keys = parseKeys(readFileSync(file, "utf8"));
    if (!keys) throw new AppError("secrets_key_wrong", { file, problem: "it is no key file" });
    // A copy from elsewhere may have come readable for everybody.
    if ((mode & 0o077) !== 0) chmodSync(file, 0o600);
    return keys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    if (error instanceof AppError) throw error;
    throw new AppError("secrets_key_wrong", { file, ...fileProblem(error) }, { cause: error });
  }
}

/** Null where the text is no list of keys. */
export function parseKeys(text: string): Buffer[] | null {
  const lines = text.split("\n").filter((line) => line !== "");
  if (lines.length === 0 || !lines.every((line) => keyLine.test(line))) return null;
  const keys = lines.map((line) => Buffer.from(line, "base64url"));
  return keys.every((key) => key.length === secretsKeyBytes) ? keys : null;
}

export function formatKeys(keys: readonly Buffer[]): string {
  return keys.map((key) => `${key.toString("base64url")}\n`).join("");
}

/** In one step, and on the disk with its name before this answers. Throws AppError disk_full or data_folder_unwritable. */
export async function writeKeyFile(dataFolder: string, keys: readonly Buffer[]): Promise<void> {
  const file = keyFileOf(dataFolder);
  const unfinished = `${file}.partial`;
  try {
    rmSync(unfinished, { force: true });
    const descriptor = openSync(unfinished, "wx", 0o600);
    try {
      writeFileSync(descriptor, formatKeys(keys));
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(unfinished, file);
    await syncFolderOf(file);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw unwritable(dataFolder, error);
  }
}

/** Those of a restored backup before those that are there, each once. What is no key file is kept as `….damaged`. */
export async function addKeys(dataFolder: string, added: readonly Buffer[]): Promise<void> {
  const present = readOrSetAside(dataFolder);
  const missing = added.filter((key) => !present.some((other) => other.equals(key)));
  if (missing.length > 0) await writeKeyFile(dataFolder, [...missing, ...present]);
}

function readOrSetAside(dataFolder: string): readonly Buffer[] {
  try {
    return readKeyFile(dataFolder) ?? [];
  } catch {
    const file = keyFileOf(dataFolder);
    renameSync(file, `${file}.damaged`);
    return [];
  }
}
