// Where the prebuilt llama.cpp libraries are: the platform package for this machine, found by path, and the library
// files in it, found by pattern because their names carry a version.
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError } from "../../platform/errors.ts";
import { readProcessFacts } from "./process-report.ts";

export interface Machine {
  readonly platform: string;
  readonly arch: string;
  /** Version of glibc, or null on musl; looked at on Linux only. */
  readonly glibcVersion: string | null;
  /** Folder of an installed package, or null if it is not there. */
  readonly findPackage: (name: string) => string | null;
  readonly listFolder: (folder: string) => readonly string[];
}

export interface LlamaLibraryFiles {
  /** Absolute paths, in the order in which they must be loaded. */
  readonly ggmlBase: string;
  readonly ggml: string;
  readonly llama: string;
}

interface PlatformPackage {
  readonly name: string;
  readonly folder: string;
}

const platformPackages: Readonly<Record<string, PlatformPackage>> = {
  "linux-x64": { name: "@node-llama-cpp/linux-x64", folder: "linux-x64" },
  "linux-arm64": { name: "@node-llama-cpp/linux-arm64", folder: "linux-arm64" },
  "darwin-arm64": { name: "@node-llama-cpp/mac-arm64-metal", folder: "mac-arm64-metal" },
  "darwin-x64": { name: "@node-llama-cpp/mac-x64", folder: "mac-x64" },
  "win32-x64": { name: "@node-llama-cpp/win-x64", folder: "win-x64" },
  "win32-arm64": { name: "@node-llama-cpp/win-arm64", folder: "win-arm64" },
};

/** The libraries were linked against this one; older systems cannot load them. */
const oldestGlibc = "2.34";

/**
 * The folder with libllama and the CPU variants. Throws engine_unavailable with a sentence that says what this
 * machine lacks; everything but the engine works without it.
 */
export function findLlamaLibrary(machine: Machine = thisMachine()): string {
  checkLibc(machine);
  const wanted = platformPackages[`${machine.platform}-${machine.arch}`];
  if (wanted === undefined) {
    throw unavailable(`there is no engine for ${machine.platform} on ${machine.arch}`);
  }
  const packageFolder = machine.findPackage(wanted.name);
  if (packageFolder === null) {
    throw unavailable(`the package ${wanted.name} is not installed; run the install again without --omit=optional`);
  }
  const folder = join(packageFolder, "bins", wanted.folder);
  findLibraryFiles(folder, machine.listFolder);
  return folder;
}

/** The three libraries in a folder. Throws engine_unavailable if one is missing or there is more than one of a kind. */
export function findLibraryFiles(
  folder: string,
  listFolder: Machine["listFolder"] = (path) => readdirSync(path),
): LlamaLibraryFiles {
  let names: readonly string[];
  try {
    names = listFolder(folder);
  } catch (cause) {
    throw new AppError("engine_unavailable", { problem: `the engine's folder ${folder} cannot be read` }, { cause });
  }
  const find = (stem: string) => {
    // libllama.v0.4.0.so, libllama.metal.v0.4.0.dylib, llama.v0.4.0.dll; not libllama-common.so
    const pattern = new RegExp(`^(lib)?${stem}(\\.[a-z]+)?(\\.v\\d+(\\.\\d+)*)?\\.(so|dylib|dll)$`);
    const found = names.filter((name) => pattern.test(name));
    if (found.length === 0) throw unavailable(`the library ${stem} is missing in ${folder}`);
    if (found.length > 1) throw unavailable(`there is more than one ${stem} in ${folder}: ${found.join(", ")}`);
    return join(folder, found[0] as string);
  };
  return { ggmlBase: find("ggml-base"), ggml: find("ggml"), llama: find("llama") };
}

function checkLibc({ platform, glibcVersion }: Machine): void {
  if (platform !== "linux") return;
  if (glibcVersion === null) {
    throw unavailable(
      "this Linux uses musl, and the engine needs glibc (Debian, Ubuntu, Fedora and most others have it)",
    );
  }
  if (isOlder(glibcVersion, oldestGlibc)) {
    throw unavailable(
      `this Linux has glibc ${glibcVersion}, and the engine needs ${oldestGlibc} or newer (Debian 12, Ubuntu 22.04, RHEL 9)`,
    );
  }
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [thanMajor = 0, thanMinor = 0] = than.split(".").map(Number);
  return major < thanMajor || (major === thanMajor && minor < thanMinor);
}

function thisMachine(): Machine {
  return {
    platform: process.platform,
    arch: process.arch,
    glibcVersion: process.platform === "linux" ? readProcessFacts().glibcVersion : null,
    findPackage,
    listFolder: (folder) => readdirSync(folder),
  };
}

function findPackage(name: string): string | null {
  try {
    // The packages export their entry file alone, dist/index.js; package.json cannot be asked for.
    return dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    return null;
  }
}

function unavailable(problem: string): AppError {
  return new AppError("engine_unavailable", { problem });
}
