// Deletes saved states with what they were computed for.
import { readdir, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { hasTag } from "./state-name.ts";

/** Of every model. Throws what the file system says. */
export async function forgetStates(folder: string, tag: string): Promise<void> {
  const files = await readdir(folder, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const gone = files.filter((file) => hasTag(basename(file), tag));
  await Promise.all(gone.map((file) => rm(join(folder, file), { force: true })));
}
