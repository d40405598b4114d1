import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** After a rename: its new name is on the disk too. */
export function syncFolderOf(file: string): Promise<void> {
  return syncFolder(dirname(file));
}

/** Systems that cannot sync a folder do it by themselves. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

export async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r+");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
