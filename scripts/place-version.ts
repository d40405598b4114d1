// Puts a built program beside its older versions. `folder/main.js` starts the newest one; a server that runs goes on with
// the files that it was started from, whose parts it loads when it needs them (its engine after a crash, say).
import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";

const keptVersions = 3;
/** Sorts by age. */
const versionName = /^\d{13}-[0-9a-f]{8}$/;

/** Moves the folder `built` to its place. */
export async function placeVersion(folder: string, built: string, now: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const name = `${String(now).padStart(13, "0")}-${randomUUID().slice(0, 8)}`;
  await rename(built, path.join(folder, name));
  const entry = path.join(folder, `.main-${randomUUID()}.js`);
  await writeFile(entry, `import "./${name}/main.js";\n`);
  await rename(entry, path.join(folder, "main.js"));
  const versions = (await readdir(folder)).filter((each) => versionName.test(each)).toSorted();
  for (const old of versions.slice(0, -keptVersions)) {
    await rm(path.join(folder, old), { recursive: true, force: true });
  }
}

/** Puts the folder `built` where `folder` is; what was there stays as `folder-before`, for pages that are still open. */
export async function replaceFolder(folder: string, built: string): Promise<void> {
  await rm(`${folder}-before`, { recursive: true, force: true });
  await rename(folder, `${folder}-before`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "ENOENT") throw error;
  });
  await rename(built, folder);
}
