// What a stranger waits for: a fresh clone, an npm cache with nothing in it, `npm start` with whatever Node is installed,
// the owner's account, a question, the first token.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { projectFolder, progress, report } from "./support/claim.ts";
import { endWithUs } from "./support/end-with-us.ts";
import { npmStart } from "./support/npm-start.ts";
import { post } from "./support/shobar.ts";
import { streamCompletion } from "./support/stream-completion.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 3);
/** The folder of an installed Node 20 or later; else the first in PATH. */
const nodeFolder = process.env["SHOBAR_BENCH_NODE"];

interface Measured {
  readonly totalMs: number;
  readonly cloneMs: number;
  readonly installMs: number;
  readonly warmInstallMs: number;
  readonly listeningMs: number;
  /** What the set-up says of node_modules. */
  readonly installedMegabytes: number;
}

async function measure(): Promise<Measured> {
  const folder = await mkdtemp(join(tmpdir(), "shobar-clone-"));
  try {
    const environment = emptyEnvironment(folder);
    const startedAt = performance.now();
    const clone = cloneInto(join(folder, "clone"));
    const clonedAt = performance.now();
    const started = await npmStart(clone, ["--port", "0", "--data", join(folder, "data")], environment);
    const firstToken = await askFirstQuestion(started.setupUrl);
    await started.stop();
    const totalMs = firstToken - startedAt;
    // The same install with everything in the cache: the difference is the download.
    const warmInstallMs = await timeInstall(cloneInto(join(folder, "second")), environment);
    return {
      totalMs,
      cloneMs: clonedAt - startedAt,
      installMs: started.installedAt - clonedAt,
      warmInstallMs,
      listeningMs: started.listeningAt - startedAt,
      installedMegabytes: Number(/(\d+) MB in node_modules/.exec(started.said)?.[1]),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function cloneInto(folder: string): string {
  execFileSync("git", ["clone", "--quiet", "--no-hardlinks", projectFolder, folder]);
  return folder;
}

/** As in a new account: an empty home and npm cache, and no settings of whoever runs the bench. */
function emptyEnvironment(folder: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(SHOBAR_|npm_(?!config_(registry|proxy|https_proxy|cafile))|NODE_(?!EXTRA_CA_CERTS)|INIT_CWD)/.test(name),
  );
  const path = nodeFolder === undefined ? process.env["PATH"] : `${nodeFolder}${delimiter}${process.env["PATH"]}`;
  return { ...Object.fromEntries(kept), PATH: path, npm_config_cache: join(folder, "npm-cache") };
}

async function askFirstQuestion(setupUrl: string): Promise<number> {
  const { origin, hash } = new URL(setupUrl);
  const owner = {
    name: "Ana",
    email: "ana@example.org",
    password: "correct horse battery staple",
    token: hash.slice("#token=".length),
  };
  const response = await fetch(`${origin}/api/setup`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(owner),
  });
  const browser = {
    cookie: response.headers.getSetCookie()[0]!.split(";")[0]!,
    "x-shobar-request": "1",
    "content-type": "application/json",
  };
  const { secret } = (await post(origin, "/api/api-keys", { name: "bench" }, browser)) as { secret: string };
  const models = (await (
    await fetch(`${origin}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })
  ).json()) as { data: { id: string }[] };
  const target = { url: origin, apiKey: secret, model: models.data[0]!.id };
  const { tokenTimes } = await streamCompletion(target, { text: "What is a lighthouse?", maxTokens: 8 });
  return tokenTimes[0]!;
}

async function timeInstall(clone: string, environment: NodeJS.ProcessEnv): Promise<number> {
  const startedAt = performance.now();
  const child = spawn("npm", ["ci", "--omit=dev", "--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"], {
    cwd: clone,
    env: environment,
    stdio: "ignore",
  });
  endWithUs(child);
  await once(child, "exit");
  return performance.now() - startedAt;
}

const measured: Measured[] = [];
for (let round = 0; round < rounds; round++) {
  measured.push(await measure());
  progress(`round ${round + 1} of ${rounds}: ${JSON.stringify(measured.at(-1))}`);
}
const installedNode = execFileSync("node", ["--version"], { env: emptyEnvironment("."), encoding: "utf8" }).trim();
const seconds = (pick: (each: Measured) => number): number[] => measured.map((each) => pick(each) / 1_000);
report({
  name: "clone-to-first-token",
  title: "From `git clone` to the first streamed token",
  rows: [
    { what: "all of it", unit: "s", rounds: seconds((each) => each.totalMs), bar: { is: "at most", value: 120 } },
    { what: "of that: git clone", unit: "s", rounds: seconds((each) => each.cloneMs) },
    { what: "of that: install, downloads included", unit: "s", rounds: seconds((each) => each.installMs) },
    {
      what: "of that: downloads (this install less one with a full cache)",
      unit: "s",
      rounds: seconds((each) => Math.max(0, each.installMs - each.warmInstallMs)),
    },
    { what: "from the start to the start screen", unit: "s", rounds: seconds((each) => each.listeningMs) },
    {
      what: "installed",
      unit: "MB",
      rounds: measured.map((each) => each.installedMegabytes),
      bar: { is: "at most", value: 600 },
    },
  ],
  notes: [
    `A local clone into a new folder, an empty npm cache, npm start as typed, with Node ${installedNode} installed; then the owner's account, an API key and a question, all by program.`,
    "Downloads depend on the network; everything else runs on this machine alone.",
  ],
});
