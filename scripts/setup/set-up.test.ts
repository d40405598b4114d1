// The set-up from outside: a small clone in a temporary folder, our real scripts in it, and an npm that keeps a diary.
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { rootFolder } from "./root-folder.mjs";

let clone: string;

/** Written into the clone: the lockfile has one package of the product and one test tool. */
const lockfile = (version: string) =>
  JSON.stringify({
    packages: {
      "": { optionalDependencies: { "other-system": version } },
      "node_modules/part": { version },
      "node_modules/optional-of-part": { version, optional: true },
      "node_modules/test-tool": { version, dev: true },
      "node_modules/other-system": { version, optional: true, os: [process.platform === "win32" ? "linux" : "win32"] },
    },
  });

/** Stands in for npm: notes its arguments, fails when told to, else puts the packages in place as npm records them. */
const diaryNpm = `
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
appendFileSync("npm-diary", process.argv.slice(2).join(" ") + "\\n");
rmSync("node_modules", { recursive: true, force: true });
mkdirSync("node_modules");
if (existsSync("npm-hangs")) {
  process.on("SIGTERM", () => { appendFileSync("npm-diary", "stopped\\n"); process.exit(1); });
  appendFileSync("npm-diary", "hangs\\n");
  setInterval(() => {}, 1000);
  await new Promise(() => {});
}
if (existsSync("npm-fails")) {
  process.stderr.write(readFileSync("npm-fails", "utf8"));
  process.exit(1);
}
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const installed = Object.entries(packages).filter(
  ([place, entry]) => place !== "" && !entry.optional && (!entry.dev || process.argv.includes("--include=dev")),
);
writeFileSync("node_modules/.package-lock.json", JSON.stringify({ packages: Object.fromEntries(installed) }));
`;

const diaryBuild = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fingerprint } from "./setup/fingerprint.mjs";
const parts = process.argv.slice(2);
appendFileSync("build-diary", parts.join(" ") + "\\n");
for (const folder of ["dist/server", "dist/web"]) mkdirSync(folder, { recursive: true });
writeFileSync("dist/server/main.js", readFileSync("program.js"));
writeFileSync("dist/web/index.html", "");
let built = {};
try { built = JSON.parse(readFileSync("dist/fingerprints.json", "utf8")); } catch {}
for (const part of parts) built[part] = fingerprint(process.cwd(), part);
writeFileSync("dist/fingerprints.json", JSON.stringify(built));
`;

const program = `
if (process.argv.includes("--stay")) {
  process.on("SIGTERM", () => { console.log("told to stop"); process.exit(7); });
  setInterval(() => {}, 1000);
} else if (process.argv.includes("--fail")) process.exitCode = 3;
console.log("arguments: " + process.argv.slice(2).join(" "));
`;

beforeEach(async () => {
  clone = await mkdtemp(path.join(tmpdir(), "shobar-set-up-"));
  await cp(path.join(rootFolder, "scripts"), path.join(clone, "scripts"), { recursive: true });
  const files = {
    "package.json": `{ "type": "module" }`,
    "package-lock.json": lockfile("1.0.0"),
    "npm/npm-cli.js": diaryNpm,
    "npm/package.json": `{ "type": "module" }`,
    "scripts/build.ts": diaryBuild,
    "program.js": program,
    "src/cli/main.ts": "",
    "src/features/chats/web/page.tsx": "",
    "src/features/chats/server/chats.ts": "",
  };
  for (const [file, content] of Object.entries(files)) await put(file, content);
});

afterEach(() => rm(clone, { recursive: true, force: true }));

async function put(file: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(clone, file)), { recursive: true });
  await writeFile(path.join(clone, file), content);
}

const diary = async (file: string) =>
  (await readFile(path.join(clone, file), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

const npmEnvironment = () => ({ ...process.env, npm_execpath: path.join(clone, "npm", "npm-cli.js") });

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(
  script: string,
  scriptArguments: readonly string[] = [],
  nodeArguments: readonly string[] = [],
): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  execFile(
    process.execPath,
    [...nodeArguments, path.join(clone, "scripts", script), ...scriptArguments],
    { cwd: clone, env: npmEnvironment() },
    (error, stdout, stderr) => resolve({ code: error ? Number(error.code) : 0, stdout, stderr }),
  );
  return promise;
}

describe("npm start", { timeout: 30_000 }, () => {
  test("a fresh clone installs what the product needs without install scripts, builds both parts and serves", async () => {
    const { code, stdout, stderr } = await run("start.mjs", ["--port", "8000"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "arguments: serve --port 8000\n" });
    expect(stderr).toMatch(/Installing dependencies \(1 of 2\): \d+ MB in node_modules/);
    expect(stderr).toMatch(/Building the server and the web \(2 of 2\): done/);
    expect(await diary("npm-diary")).toEqual([expect.stringMatching(/^ci --omit=dev .*--ignore-scripts/)]);
    expect(await diary("build-diary")).toEqual(["server web"]);
  });

  test("a second start installs and builds nothing and says nothing", async () => {
    await run("start.mjs");
    const { stderr } = await run("start.mjs");
    expect(stderr).toBe("");
    expect(await diary("npm-diary")).toHaveLength(1);
    expect(await diary("build-diary")).toHaveLength(1);
  });

  test("a changed source builds the part that it belongs to, a changed test builds nothing", async () => {
    await run("start.mjs");
    await put("src/features/chats/web/page.tsx", "export const page = 1;");
    await run("start.mjs");
    await put("src/features/chats/server/chats.ts", "export const rule = 1;");
    await run("start.mjs");
    await put("scripts/compress-files.ts", "export const quality = 1;");
    await run("start.mjs");
    await put("src/cli/main.test.ts", "");
    await run("start.mjs");
    expect(await diary("build-diary")).toEqual(["server web", "web", "server", "web"]);
  });

  test("a part that somebody removed is built again", async () => {
    await run("start.mjs");
    await rm(path.join(clone, "dist/server"), { recursive: true });
    expect((await run("start.mjs")).code).toBe(0);
    expect(await diary("build-diary")).toEqual(["server web", "server"]);
  });

  test("a changed lockfile installs again", async () => {
    await run("start.mjs");
    await put("package-lock.json", lockfile("2.0.0"));
    await run("start.mjs");
    expect(await diary("npm-diary")).toHaveLength(2);
  });

  test("an install that failed is told in a sentence with npm's last lines, and done again next time", async () => {
    await put("npm-fails", "npm error code ENOTFOUND\nnpm error network request failed\n");
    const failed = await run("start.mjs");
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain("The package registry could not be reached.");
    expect(failed.stderr).toContain("npm error code ENOTFOUND");
    expect(failed.stderr).not.toMatch(/^\s+at /m);
    await rm(path.join(clone, "npm-fails"));
    expect((await run("start.mjs")).code).toBe(0);
  });

  test.runIf(process.platform !== "win32")("a start that is stopped while it installs stops npm too", async () => {
    await put("npm-hangs", "");
    const start = spawn(process.execPath, [path.join(clone, "scripts", "start.mjs")], {
      cwd: clone,
      env: npmEnvironment(),
      stdio: "ignore",
    });
    const ended = once(start, "exit");
    await expect.poll(() => diary("npm-diary"), { timeout: 8_000 }).toContain("hangs");
    start.kill("SIGTERM");
    expect(await ended).toEqual([1, null]);
    expect(await diary("npm-diary")).toContain("stopped");
    await rm(path.join(clone, "npm-hangs"));
    expect((await run("start.mjs")).code).toBe(0);
  });

  test("two first starts at once share one install and one build", async () => {
    const outcomes = await Promise.all([run("start.mjs"), run("start.mjs")]);
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0]);
    expect(await diary("npm-diary")).toHaveLength(1);
    expect(await diary("build-diary")).toHaveLength(1);
  });

  test("the lock of a set-up that was killed is taken over", async () => {
    const gone = spawn(process.execPath, ["--version"], { stdio: "ignore" });
    await once(gone, "exit");
    await put(".cache/setup.lock/owner", String(gone.pid));
    expect((await run("start.mjs")).code).toBe(0);
  });

  test("test tools that are installed stay installed", async () => {
    await put("scripts/nothing.ts", "");
    await run("run.mjs", ["nothing"]);
    await put("package-lock.json", lockfile("2.0.0"));
    await run("start.mjs");
    expect(await diary("npm-diary")).toEqual([
      expect.stringContaining("--include=dev"),
      expect.stringContaining("--include=dev"),
    ]);
  });

  test("what npm install put in place by hand is not installed again", async () => {
    const installed = {
      "node_modules/part": { version: "1.0.0" },
      "node_modules/test-tool": { version: "1.0.0", dev: true },
    };
    await put("node_modules/.package-lock.json", JSON.stringify({ packages: installed }));
    await run("start.mjs");
    expect(await diary("npm-diary")).toEqual([]);
  });

  test.runIf(process.platform !== "win32")("the pinned Node builds and serves, whichever Node was typed", async () => {
    const packageFolder = `node_modules/node-${process.platform}-${process.arch}`;
    await put(
      "node_modules/.package-lock.json",
      JSON.stringify({ packages: { "node_modules/part": { version: "1.0.0" } } }),
    );
    await put(`${packageFolder}/package.json`, "{}");
    await put(`${packageFolder}/bin/node`, `#!/bin/sh\necho pinned\nexec "${process.execPath}" "$@"\n`);
    await chmod(path.join(clone, packageFolder, "bin/node"), 0o755);
    const { stdout } = await run("start.mjs");
    expect(stdout).toBe("pinned\narguments: serve\n");
  });

  test("a build that fails shows what the bundler said", async () => {
    await put("scripts/build.ts", `console.error("src/cli/main.ts:1 is wrong"); process.exit(1);`);
    const { code, stderr } = await run("start.mjs");
    expect(code).toBe(1);
    expect(stderr).toContain("The build failed.\n\nsrc/cli/main.ts:1 is wrong");
  });

  test("an old Node gets a sentence", async () => {
    const pretend = `data:text/javascript,Object.defineProperty(process, "versions", { value: { node: "18.19.0" } })`;
    const { code, stderr } = await run("start.mjs", [], ["--import", pretend]);
    expect(code).toBe(1);
    expect(stderr).toContain("Shobar's set-up needs Node 20 or later; this is Node 18.19.0.");
  });

  test("the server's exit code is the start's", async () => {
    expect((await run("start.mjs", ["--fail"])).code).toBe(3);
  });

  test.runIf(process.platform !== "win32")(
    "a signal to the start ends the server, and its end ends the start",
    async () => {
      const start: ChildProcess = spawn(process.execPath, [path.join(clone, "scripts", "start.mjs"), "--stay"], {
        cwd: clone,
        env: npmEnvironment(),
        stdio: ["ignore", "pipe", "ignore"],
      });
      let stdout = "";
      for await (const chunk of start.stdout ?? []) {
        stdout += String(chunk);
        if (stdout.endsWith("--stay\n")) start.kill("SIGTERM");
      }
      const code = start.exitCode ?? (await once(start, "exit"))[0];
      expect({ stdout, code }).toEqual({ stdout: "arguments: serve --stay\ntold to stop\n", code: 7 });
    },
  );
});

test("a script that is not there is told in a sentence with those that are, and nothing is installed for it", async () => {
  await put("package.json", `{ "type": "module", "scripts": { "shape": "node scripts/run.mjs shape", "x": "x" } }`);
  const { code, stderr } = await run("run.mjs", ["shap"]);
  expect({ code, stderr }).toEqual({ code: 1, stderr: "\nThere is no script shap. There are: shape.\n" });
  expect(await diary("npm-diary")).toEqual([]);
});

describe("npm run shobar", { timeout: 30_000 }, () => {
  test("passes the command on and sets up first", async () => {
    const { code, stdout } = await run("shobar.mjs", ["users", "list", "--json"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "arguments: users list --json\n" });
    expect(await diary("build-diary")).toHaveLength(1);
  });

  test("an installed package, which has no lockfile, installs and builds nothing", async () => {
    await rm(path.join(clone, "package-lock.json"));
    await put("dist/server/main.js", program);
    const { stdout } = await run("shobar.mjs", ["--help"]);
    expect(stdout).toBe("arguments: --help\n");
    expect(await diary("npm-diary")).toEqual([]);
  });

  test.runIf(process.platform === "linux")("runs through a link, as npm installs commands", async () => {
    await mkdir(path.join(clone, "bin"));
    await symlink("../scripts/shobar.mjs", path.join(clone, "bin", "shobar"));
    const { stdout } = await run("../bin/shobar", ["--version"]);
    expect(stdout).toBe("arguments: --version\n");
  });
});
