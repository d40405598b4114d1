// Postgres inside this process. Making a new cluster takes it seconds of a processor, so one is made for each version and
// kept beside the repository's other caches; whoever starts loads a copy of it into memory.
import { randomUUID } from "node:crypto";
import { existsSync, openAsBlob } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { PGlite } from "@electric-sql/pglite";

const cacheFolder = path.join(import.meta.dirname, "..", "..", ".cache");
const bigintType = 20;

export async function startPostgres(): Promise<PGlite> {
  const file = path.join(cacheFolder, `empty-postgres-${installedVersion()}.tar`);
  const loadDataDir = existsSync(file) ? await openAsBlob(file) : await makeCluster(file);
  return await PGlite.create({ parsers: { [bigintType]: Number }, loadDataDir });
}

async function makeCluster(file: string): Promise<Blob> {
  await using server = await PGlite.create();
  const files = await server.dumpDataDir("none");
  // Test files run side by side: each sees the whole cluster or none.
  const unfinished = `${file}.${randomUUID()}`;
  await mkdir(cacheFolder, { recursive: true });
  await writeFile(unfinished, files.stream());
  await rename(unfinished, file);
  return files;
}

function installedVersion(): string {
  const main = createRequire(import.meta.url).resolve("@electric-sql/pglite");
  const { version } = createRequire(import.meta.url)(path.join(main, "..", "..", "package.json")) as {
    version: string;
  };
  return version;
}
