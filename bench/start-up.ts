// A second start: from the process to its first answer over HTTP, and to a model in memory.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { report } from "./support/claim.ts";
import { openShobar, startShobar } from "./support/shobar.ts";

const rounds = Number(process.env["SHOBAR_BENCH_ROUNDS"] ?? 5);

async function modelReady(url: string): Promise<void> {
  while (true) {
    const response = await fetch(`${url}/readyz`);
    const { engine } = (await response.json()) as { engine: string };
    if (engine === "ready") {
      return;
    }
    await delay(10);
  }
}

const dataFolder = await mkdtemp(join(tmpdir(), "shobar-bench-"));
const listeningMs: number[] = [];
const answeringMs: number[] = [];
const modelMs: number[] = [];
try {
  // The first start makes the database, the owner, and the compile cache that every later start has.
  await (await openShobar({ dataFolder }))[Symbol.asyncDispose]();
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now();
    await using server = await startShobar({ dataFolder });
    listeningMs.push(server.listeningMs);
    const response = await fetch(`${server.url}/healthz`);
    await response.text();
    answeringMs.push(performance.now() - startedAt);
    await modelReady(server.url);
    modelMs.push(performance.now() - startedAt - server.listeningMs);
  }
} finally {
  await rm(dataFolder, { recursive: true, force: true });
}
report({
  name: "start-up",
  title: "Second start of the server",
  rows: [
    { what: "process start to listening", unit: "ms", rounds: listeningMs, bar: { is: "at most", value: 700 } },
    { what: "process start to the first HTTP answer", unit: "ms", rounds: answeringMs },
    {
      what: "listening to the starter model in memory",
      unit: "ms",
      rounds: modelMs,
      bar: { is: "at most", value: 3_000 },
    },
  ],
  notes: [
    "The bundle that `npm start` runs, on a data folder that has been started once; files are in the system's cache.",
  ],
});
