// Kills the real server (kill -9) again and again, at work, while it starts and while it is backed up, on one data
// folder, and looks each time at what is there of what was acknowledged. Everything random comes from the seed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createAcknowledgements } from "./acknowledgements.ts";
import { type ApiClient, ask, demand } from "./api-client.ts";
import { startFakeProvider } from "./fake-provider.ts";
import type { Worker } from "./kill-worker.ts";
import { lookAtWork, sharedThings } from "./look-at-work.ts";
import { seededRandom } from "./seeded-random.ts";
import {
  environmentWithoutSettings,
  ownerPassword,
  programFile,
  startTestServer,
  type TestServer,
} from "./start-test-server.ts";
import { lastingProvider } from "./work-at-settings.ts";
import { workUntilKilled } from "./work-until-killed.ts";

export interface WorkReport {
  readonly kills: { readonly atWork: number; readonly whileStarting: number; readonly besideBackup: number };
  readonly acknowledged: number;
  /** From the start of the program to its first answer to somebody who is signed in, after each kill. */
  readonly startMs: readonly number[];
  /** What should not be; empty when all is well. */
  readonly faults: readonly string[];
}

const workersAtOnce = 4;
/** Of what was not changed since the last kill, this many things are looked at again; at the end all of them. */
const samples = 20;
const longestWorkMs = 400;

export async function killMidWork({ kills, seed }: { kills: number; seed: number }): Promise<WorkReport> {
  const random = seededRandom(seed);
  const dataFolder = await mkdtemp(join(tmpdir(), "shobar-kill-"));
  const acknowledgements = createAcknowledgements();
  const faults: string[] = [];
  const counts = { atWork: 0, whileStarting: 0, besideBackup: 0 };
  const startMs: number[] = [];
  await using outside = await startFakeProvider();
  const common = { acknowledgements, faults, outside, password: { known: ownerPassword, wished: null } };
  const workers = Array.from({ length: workersAtOnce }, (_, number): Worker => {
    const own = { chats: [], keys: [], people: [], invitations: [], providers: [] };
    return { isFirst: number === 0, random: seededRandom(seed * 100 + number), ...common, ...own };
  });
  let headers: Record<string, string> | undefined;
  try {
    for (let kill = 0; kill <= kills; kill++) {
      if (kill > 0 && kill < kills && random() < 0.2) {
        await killWhileStarting(dataFolder, random() * (startMs.at(-1) ?? 0));
        counts.whileStarting += 1;
        continue;
      }
      const begun = performance.now();
      const server = await startTestServer({ dataFolder });
      const isNew = headers === undefined;
      headers ??= await server.claim();
      const client = { url: server.url, headers };
      if (isNew) await prepare(client, common);
      const { status } = await ask(client, "GET", "/api/me");
      faults.push(...(status === 200 ? [] : [`the session of before the kill is answered with ${status}`]));
      startMs.push(performance.now() - begun);
      await compareAll(
        client,
        kill === kills ? acknowledgements.all() : acknowledgements.takeChanged(samples, random),
        common,
      );
      if (kill === kills) {
        faults.push(...((await server.stop()) === 0 ? [] : ["the last stop was not clean"]));
        break;
      }
      const beside = random() < 0.2 ? startBackup(dataFolder) : undefined;
      counts[beside ? "besideBackup" : "atWork"] += 1;
      await workAndKill(server, client, workers, 1 + Math.floor(random() * 20), random() * longestWorkMs);
      if (random() < 0.5) {
        beside?.kill();
      }
      await beside?.ended;
    }
  } finally {
    await rm(dataFolder, { recursive: true, force: true });
  }
  return { kills: counts, acknowledged: acknowledgements.acknowledged, startMs, faults };
}

/** After some acknowledged changes, but not at the moment of one. */
async function workAndKill(
  server: TestServer,
  client: ApiClient,
  workers: readonly Worker[],
  changes: number,
  thenMs: number,
): Promise<void> {
  const { promise: enough, resolve } = Promise.withResolvers<void>();
  let left = changes;
  const working = workers.map((worker) => workUntilKilled(worker, client, () => --left <= 0 && resolve()));
  await Promise.race([enough, Promise.all(working)]);
  await delay(thenMs);
  await server.stop("SIGKILL");
  await Promise.all(working);
}

async function killWhileStarting(dataFolder: string, afterMs: number): Promise<void> {
  const child = spawnProgram(["serve", "--json", "--port", "0", "--data", dataFolder]);
  const ended = once(child, "exit");
  await delay(afterMs);
  child.kill("SIGKILL");
  await ended;
}

function startBackup(dataFolder: string): { kill(): void; readonly ended: Promise<unknown> } {
  const child = spawnProgram(["backup", join(dataFolder, "backup.shobar"), "--data", dataFolder, "--json"]);
  return { kill: () => void child.kill("SIGKILL"), ended: once(child, "exit") };
}

function spawnProgram(words: readonly string[]) {
  return spawn(process.execPath, [programFile, ...words], { stdio: "ignore", env: environmentWithoutSettings() });
}

type Common = Pick<Worker, "acknowledgements" | "faults" | "outside" | "password">;

/** A service outside that stays; what is there once is from now on known as it is. */
async function prepare(client: ApiClient, common: Common): Promise<void> {
  const { baseUrl } = common.outside;
  const provider = { preset: "other", name: lastingProvider, baseUrl, key: "sk-lasting", models: ["big", "small"] };
  await demand(client, "POST", "/api/providers", provider);
  for (const [thing, found] of await lookAtWork(client, sharedThings, common)) {
    common.acknowledgements.compare(thing, found);
  }
}

async function compareAll(client: ApiClient, things: readonly string[], common: Common): Promise<void> {
  const { acknowledgements, faults } = common;
  const found = await lookAtWork(client, things, common);
  for (const thing of things) {
    if (found.has(thing)) {
      const fault = acknowledgements.compare(thing, found.get(thing));
      faults.push(...(fault === null ? [] : [fault]));
    }
  }
}
