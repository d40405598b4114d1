// Verifies the starter's checksum in the background, once per file: what was verified is remembered by size and
// modification time in a small file of the data folder, so that a second start reads nothing.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import type { KnownModel } from "./model-folder-known.ts";

interface VerifiedFile {
  readonly fileBytes: number;
  readonly modifiedAt: number;
  readonly sha256: string;
}

/** Throws model_file_invalid if the file is not byte for byte the known one. */
export async function checkKnownModel(path: string, known: KnownModel, dataFolder: string): Promise<void> {
  const { size, mtimeMs } = await stat(path);
  if (size !== known.fileBytes) throw damaged(known);
  const memory = join(dataFolder, "verified-models.json");
  const verified = await readVerified(memory, known.fileName);
  if (verified?.fileBytes === size && verified.modifiedAt === mtimeMs && verified.sha256 === known.sha256) return;
  const sha256 = await hashFile(path);
  if (sha256 !== known.sha256) throw damaged(known);
  await remember(memory, { [known.fileName]: { fileBytes: size, modifiedAt: mtimeMs, sha256 } });
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

async function readVerified(file: string, fileName: string): Promise<VerifiedFile | undefined> {
  try {
    return (JSON.parse(await readFile(file, "utf8")) as Record<string, VerifiedFile | undefined>)[fileName];
  } catch {
    return undefined;
  }
}

/** Losing this file costs one more check, so a full disk or a read-only folder is no error. */
async function remember(file: string, verified: Record<string, VerifiedFile>): Promise<void> {
  try {
    await mkdir(join(file, ".."), { recursive: true });
    const unfinished = `${file}.${process.pid}`;
    await writeFile(unfinished, JSON.stringify(verified));
    await rename(unfinished, file);
  } catch {
    // Checked again at the next start.
  }
}

function damaged(known: KnownModel): AppError {
  const problem =
    'it is not the file that ships with this version; get it again with "git checkout -- models", or start with --no-starter';
  return new AppError("model_file_invalid", { file: known.fileName, problem });
}
