// Kills the real server (kill -9) again and again, at work, while it starts and while it is backed up, on one data
// folder, and looks each time at what is there of what was acknowledged. Everything random comes from the seed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Message } from "../../src/features/chats/contract.ts";
import { type Acknowledgements, createAcknowledgements } from "./acknowledgements.ts";
import { type ApiClient, ask, readAll } from "./api-client.ts";
import { seededRandom } from "./seeded-random.ts";
import { environmentWithoutSettings, programFile, startTestServer, type TestServer } from "./start-test-server.ts";
import { type Worker, workUntilKilled } from "./work-until-killed.ts";

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
  const workers = Array.from({ length: workersAtOnce }, (_, number): Worker => {
    const own = { chats: [], keys: [], people: [], invitations: [] };
    return { isFirst: number === 0, random: seededRandom(seed * 100 + number), acknowledgements, faults, ...own };
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
      headers ??= await server.claim();
      const client = { url: server.url, headers };
      const { status } = await ask(client, "GET", "/api/me");
      faults.push(...(status === 200 ? [] : [`the session of before the kill is answered with ${status}`]));
      startMs.push(performance.now() - begun);
      await compareAll(
        client,
        kill === kills ? acknowledgements.all() : acknowledgements.takeChanged(samples, random),
        {
          acknowledgements,
          faults,
        },
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

async function compareAll(
  client: ApiClient,
  things: readonly string[],
  { acknowledgements, faults }: { acknowledgements: Acknowledgements; faults: string[] },
): Promise<void> {
  const found = await lookAt(client, things, faults);
  for (const thing of things) {
    if (found.has(thing)) {
      const fault = acknowledgements.compare(thing, found.get(thing));
      faults.push(...(fault === null ? [] : [fault]));
    }
  }
}

/** What cannot be seen any more, in a chat that was deleted, is not in the answer. */
async function lookAt(
  client: ApiClient,
  things: readonly string[],
  faults: string[],
): Promise<ReadonlyMap<string, unknown>> {
  const found = new Map<string, unknown>();
  const keys = await readAll<{ name: string }>(client, "/api/api-keys");
  const invitations = await readAll<{ note: string }>(client, "/api/invitations");
  const people = await readAll<{ email: string; role: string; state: string }>(client, "/api/people");
  const profile = (await ask(client, "GET", "/api/me")).body as { name: string; theme: string; language: string };
  const chats = new Map<string, { title: string; messages: Message[] } | null>();
  for (const thing of things) {
    const [kind, id = "", part] = thing.split(" ");
    if (kind === "key") {
      found.set(thing, keys.some(({ name }) => `key ${name}` === thing) || null);
    } else if (kind === "invitation") {
      found.set(thing, invitations.some(({ note }) => note === id) || null);
    } else if (kind === "person") {
      const person = people.find(({ email }) => email === id);
      found.set(thing, person ? [person.role, person.state] : null);
    } else if (kind === "profile") {
      found.set(thing, [profile.name, profile.theme, profile.language]);
    } else {
      const chat = chats.has(id) ? chats.get(id) : await readChat(client, id);
      chats.set(id, chat ?? null);
      if (kind === "deletion") {
        found.set(thing, chat ? null : true);
      } else if (chat) {
        const run = chat.messages.find((message) => message.run?.id === part)?.run;
        const message = chat.messages.find((each) => each.id === part);
        found.set(
          thing,
          kind === "title" ? chat.title : kind === "run" ? (run?.status ?? null) : (message?.text ?? null),
        );
        const open = chat.messages.filter((each) => each.run && each.run.endedAt === null);
        faults.push(...open.map(() => "an answer of a dead process is shown as being written"));
      }
    }
  }
  return found;
}

async function readChat(client: ApiClient, id: string): Promise<{ title: string; messages: Message[] } | null> {
  const { status, body } = await ask(client, "GET", `/api/chats/${id}`);
  if (status !== 200) {
    return null;
  }
  const messages = await ask(client, "GET", `/api/chats/${id}/messages`);
  return { title: (body as { title: string }).title, messages: (messages.body as { items: Message[] }).items };
}
