import { lstat, readdir } from "node:fs/promises";
import path from "node:path";

/** Bytes on disk under a folder, as `du` counts them (where the system tells blocks). */
export async function measureFolder(folder) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  let bytes = 0;
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) bytes += await measureFolder(place);
    else {
      const { blocks, size } = await lstat(place);
      bytes += blocks === undefined ? size : blocks * 512;
    }
  }
  return bytes;
}
