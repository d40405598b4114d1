// The source of llama.cpp that belongs to our libraries: the chat templates and vocabularies of real models lie in it. It
// comes inside an npm package; its own libraries and build tools are never installed.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Together with the version of @node-llama-cpp/* in package.json. */
const release = "3.21.1";
const sha512 = "E3N0Ev2Va0wzydvXYFwM9Hvyo07PoWjt8T/9GMc43Cvt8YkV/NU/tYUgEMC1grTPv2o9PRjQi0G3Wb5P/awiMg==";

export interface LlamaSource {
  /** A bare git repository with one commit. */
  readonly repository: string;
  /** The folder `models` of that commit. */
  readonly models: string;
}

/** Fetched with npm if it is not on this machine yet (34 MB, kept in the user's cache); an error says what is missing. */
export async function findLlamaSource(): Promise<LlamaSource> {
  await checkRelease();
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const folder = join(cache, "shobar-tests", `llama.cpp-${release}`);
  const source = { repository: join(folder, "source.git"), models: join(folder, "models") };
  if (!existsSync(folder)) await fetchInto(folder);
  return source;
}

export async function readTemplate(name: string): Promise<string> {
  const { models } = await findLlamaSource();
  return readFile(join(models, "templates", `${name}.jinja`), "utf8");
}

export async function findVocabulary(name: string): Promise<string> {
  const { models } = await findLlamaSource();
  return join(models, `ggml-vocab-${name}.gguf`);
}

async function checkRelease(): Promise<void> {
  const file = join(import.meta.dirname, "..", "..", "package.json");
  const { optionalDependencies } = JSON.parse(await readFile(file, "utf8")) as {
    optionalDependencies: Readonly<Record<string, string>>;
  };
  const used = optionalDependencies["@node-llama-cpp/linux-x64"];
  if (used !== release) {
    throw new Error(`The libraries are of ${used}: give tests/support/find-llama-source.ts that release's checksum.`);
  }
}

async function fetchInto(folder: string): Promise<void> {
  await mkdir(dirname(folder), { recursive: true });
  const made = await mkdtemp(`${folder}-`);
  try {
    const file = join(made, `node-llama-cpp-${release}.tgz`);
    await orExplain("npm and a way to its registry", "npm", ["pack", `node-llama-cpp@${release}`, "--silent"], made);
    if (
      createHash("sha512")
        .update(await readFile(file))
        .digest("base64") !== sha512
    ) {
      throw new Error(`node-llama-cpp ${release} is not the file that it was: its checksum differs.`);
    }
    await orExplain("tar", "tar", ["-xzf", file, "package/llama/gitRelease.bundle"], made);
    const bundle = join(made, "package", "llama", "gitRelease.bundle");
    const repository = join(made, "source.git");
    await orExplain(
      "git (Debian: apt-get install git)",
      "git",
      ["clone", "--quiet", "--bare", bundle, repository],
      made,
    );
    await run("git", ["--git-dir", repository, "--work-tree", made, "checkout", "--quiet", "HEAD", "--", "models"]);
    await rm(join(made, "package"), { recursive: true });
    await rm(file);
    await rename(made, folder).catch((error: unknown) => {
      // Another run was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
}

async function orExplain(what: string, program: string, parameters: readonly string[], cwd: string): Promise<void> {
  try {
    await run(program, parameters, { cwd, shell: program === "npm" && process.platform === "win32" });
  } catch (error) {
    throw new Error(
      `The tests with real chat templates need ${what}, and it did not work: ${(error as Error).message.trim()}`,
      { cause: error },
    );
  }
}
