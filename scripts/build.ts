// Builds the parts that are named (`server`, `web`; both when none is): dist/server, a bundle of everything but native
// parts, and dist/web. Needs no test tools. Each part comes to its place whole, so a broken-off build leaves no half.
import { randomUUID } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { build as viteBuild } from "vite";
import { compressFiles } from "./compress-files.ts";
import { placeVersion, replaceFolder } from "./place-version.ts";
import { fingerprint } from "./setup/fingerprint.mjs";
import { rootFolder } from "./setup/root-folder.mjs";

export const buildParts = ["server", "web"] as const;
export type BuildPart = (typeof buildParts)[number];

const dist = path.join(rootFolder, "dist");
const fingerprintsFile = path.join(dist, "fingerprints.json");

/** Programs that are started by path: the command line, and the files that become a process or a thread. */
const serverPrograms = {
  main: "src/cli/main.ts",
  "engine-worker": "src/inference/local/engine-worker.ts",
  "chat-template-worker": "src/inference/local/chat-template-worker.ts",
  "grammar-trial-worker": "src/inference/local/grammar-trial-worker.ts",
  "state-thread": "src/inference/cache/state-thread.ts",
  "database-worker": "src/server/database-worker.ts",
  "backup-worker": "src/server/backup-worker.ts",
};

async function buildServer(outDir: string): Promise<void> {
  await viteBuild({
    configFile: false,
    root: rootFolder,
    logLevel: "warn",
    publicDir: false,
    define: { "process.env.NODE_ENV": JSON.stringify("production") },
    ssr: { noExternal: true, external: ["koffi"], target: "node" },
    build: {
      ssr: true,
      outDir,
      target: "node24",
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: Object.fromEntries(
          Object.entries(serverPrograms).map(([name, file]) => [name, path.join(rootFolder, file)]),
        ),
        // All files lie side by side: a program finds its workers beside itself, whichever chunk asks.
        output: { format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" },
      },
    },
  });
}

async function buildWeb(outDir: string): Promise<void> {
  await viteBuild({ root: rootFolder, logLevel: "warn", build: { outDir, emptyOutDir: true } });
  await compressFiles(outDir);
}

/** Written last, so that a build that was broken off counts as none. */
async function recordFingerprint(part: BuildPart, value: string): Promise<void> {
  const recorded = await readFile(fingerprintsFile, "utf8").catch(() => "{}");
  await writeFile(fingerprintsFile, JSON.stringify({ ...JSON.parse(recorded), [part]: value }));
}

export async function buildPart(part: BuildPart): Promise<void> {
  // Taken before the build: a file saved while it runs makes the result stale, not current.
  const value = fingerprint(rootFolder, part);
  const unfinished = path.join(dist, `.${part}-${randomUUID()}`);
  try {
    await mkdir(dist, { recursive: true });
    if (part === "server") {
      await buildServer(unfinished);
      await placeVersion(path.join(dist, "server"), unfinished, Date.now());
    } else {
      await buildWeb(unfinished);
      await replaceFolder(path.join(dist, "web"), unfinished);
    }
    await recordFingerprint(part, value);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const named = buildParts.filter((part) => process.argv.includes(part));
  try {
    for (const part of named.length > 0 ? named : buildParts) await buildPart(part);
  } catch (error) {
    // The bundler's message has the file and the line; its own stack says nothing about our code.
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
