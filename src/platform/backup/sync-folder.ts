import { open } from "node:fs/promises";
import { dirname } from "node:path";

/** After a rename: its new name is on the disk too. Systems that cannot sync a folder do it by themselves. */
export async function syncFolderOf(file: string): Promise<void> {
  const folder = await open(dirname(file), "r").catch(() => null);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
