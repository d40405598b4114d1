// Kills the real server (kill -9) while it makes a backup, restores one as a trial, deletes old ones, or purges somebody
// who was removed; starts it again at once and looks at what is left. Everything random comes from the seed.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as delay } from "node:timers/promises";
import { growDataFolder } from "../../bench/support/large-data-folder.ts";
import type { BackupsState } from "../../src/features/backups/contract.ts";
import { backupNameOf, serverMarkOf } from "../../src/features/backups/server/backup-files.ts";
import { drillRestore } from "../../src/platform/backup/drill-restore.ts";
import { newId } from "../../src/platform/new-id.ts";
import { type ApiClient, ask, demand, readAll } from "./api-client.ts";
import { seededRandom } from "./seeded-random.ts";
import { startTestServer } from "./start-test-server.ts";

export interface NightReport {
  /** How often the server was killed at which work. */
  readonly kills: Readonly<Record<string, number>>;
  /** What should not be; empty when all is well. */
  readonly faults: readonly string[];
}

const works = ["copying", "checking", "writing", "restoring", "comparing", "deleting", "purging"] as const;
type Work = (typeof works)[number];

const databaseBytes = 30_000_000;
const chatsOfRemoved = 4_000;
const oldBackups = 40;
const longestWaitMs = 150;
/** Upkeep looks every minute; what a dying process still holds then goes with the next look. */
const patienceMs = 180_000;

interface Night {
  readonly dataFolder: string;
  readonly random: () => number;
  readonly faults: string[];
}

export async function killAtNight({ rounds, seed }: { rounds: number; seed: number }): Promise<NightReport> {
  const dataFolder = mkdtempSync(join(tmpdir(), "shobar-night-"));
  const night: Night = { dataFolder, random: seededRandom(seed), faults: [] };
  const kills: Record<string, number> = {};
  try {
    const headers = await prepare(dataFolder, rounds);
    const before = chatsOfOthers(dataFolder);
    for (let round = 0; round < rounds; round++) {
      const work = works[round % works.length]!;
      const server = await startTestServer({ dataFolder, flags: ["--no-starter"] });
      await beginAndWait({ url: server.url, headers }, night, work);
      await delay(night.random() * longestWaitMs);
      await server.stop("SIGKILL");
      kills[work] = (kills[work] ?? 0) + 1;
      await using again = await startTestServer({ dataFolder, flags: ["--no-starter"] });
      const where = `round ${round} (${work})`;
      await expectTidy({ url: again.url, headers }, night, where);
      if (chatsOfOthers(dataFolder) !== before) {
        night.faults.push(`${where}: another person's chats have changed`);
      }
    }
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
  return { kills, faults: night.faults };
}

/** Answers the headers of the owner. */
async function prepare(dataFolder: string, rounds: number): Promise<Record<string, string>> {
  let headers: Record<string, string>;
  {
    await using server = await startTestServer({ dataFolder, flags: ["--no-starter"] });
    headers = await server.claim();
    const client = { url: server.url, headers };
    await demand(client, "PATCH", "/api/backups", { schedule: { daily: 2, weekly: 0, monthly: 0 } });
    for (let purge = 0; purge < Math.ceil(rounds / works.length); purge++) {
      await makePerson(client);
    }
    await server.stop();
  }
  growDataFolder(dataFolder, databaseBytes);
  const database = new DatabaseSync(join(dataFolder, "shobar.db"));
  const add = database.prepare(
    `INSERT INTO chats (id, organisation_id, owner_id, title, title_source, created_at, updated_at)
     SELECT ? || id, organisation_id, id, 'private', 'message', 1, 1 FROM users WHERE role = 'member'`,
  );
  const say = database.prepare(
    `INSERT INTO messages (id, organisation_id, owner_id, chat_id, role, text, created_at)
     SELECT ? || id, organisation_id, id, ? || id, 'user', 'private words', 1 FROM users WHERE role = 'member'`,
  );
  database.exec("BEGIN");
  for (let chat = 0; chat < chatsOfRemoved; chat++) {
    add.run(`${chat}-`);
    say.run(`${chat}-m-`, `${chat}-`);
  }
  database.exec("COMMIT");
  database.close();
  return headers;
}

async function makePerson(client: ApiClient): Promise<void> {
  const { url } = await demand<{ url: string }>(client, "POST", "/api/invitations", { role: "member" });
  const account = { name: "Somebody", email: `${newId()}@example.org`, password: "correct horse battery staple" };
  const elsewhere = { url: client.url, headers: { "content-type": "application/json" } };
  await demand(elsewhere, "POST", "/api/invitations/accept", { ...account, token: url.split("token=")[1] });
}

/** Until the work is under way. */
async function beginAndWait(client: ApiClient, { dataFolder }: Night, work: Work): Promise<void> {
  if (work === "purging") {
    const people = await readAll<{ id: string; role: string }>(client, "/api/people");
    const { id } = people.find(({ role }) => role === "member")!;
    // Its answer comes after the end, which it does not live to see.
    void ask(client, "POST", `/api/people/${id}/remove`, { chats: "delete" }).catch(() => undefined);
    await until(() => rowsOf(dataFolder, `purge_at IS NULL AND id = '${id}'`) === 0 || null, 1);
    return;
  }
  const folder = join(dataFolder, "backups");
  const { folder: stateFolder } = await demand<BackupsState>(client, "GET", "/api/backups");
  const mark = serverMarkOf(organisationOf(dataFolder));
  const state = await demand<BackupsState>(client, "POST", "/api/backups");
  await until(() => existsSync(stateFolder) || null);
  const planted = Array.from({ length: oldBackups }, (_, age) =>
    backupNameOf(mark, Date.now() - (age + 3) * 24 * 3_600_000),
  );
  planted.forEach((name) => writeFileSync(join(folder, name), oldBackup));
  await until(async () => {
    if (work === "deleting") {
      return planted.every((name) => existsSync(join(folder, name))) ? null : true;
    }
    const now = await demand<BackupsState>(client, "GET", "/api/backups");
    return now.running?.phase === work || (state.running !== null && now.running === null) || null;
  }, 2);
}

/** By its first bytes a backup: it is deleted, never read. */
const oldBackup = Buffer.concat([Buffer.from("SHOBARBK\u0001\0"), Buffer.alloc(200)]);

async function expectTidy(client: ApiClient, night: Night, where: string): Promise<void> {
  const { dataFolder, faults } = night;
  await until(() => leftovers(dataFolder).length === 0 || null).catch(() =>
    faults.push(`${where}: left ${leftovers(dataFolder).join(", ")}`),
  );
  await until(() => rowsOf(dataFolder, "purge_at IS NOT NULL") === 0 || null).catch(() =>
    faults.push(`${where}: somebody is half purged`),
  );
  await proveAll(night, await demand<BackupsState>(client, "GET", "/api/backups"), where);
  await until(async () => (await ask(client, "POST", "/api/backups")).status === 202 || null);
  const ended = await until(async () => {
    const state = await demand<BackupsState>(client, "GET", "/api/backups");
    return state.running === null ? state : null;
  });
  if (ended.problem !== null || ended.lastDrill?.name !== ended.lastBackup?.name || !ended.lastBackup) {
    faults.push(`${where}: the next backup failed: ${ended.problem?.message}`);
  }
}

/** Every file that is offered as a backup, but for the planted ones, can be restored. */
async function proveAll({ faults }: Night, { files, folder }: BackupsState, where: string): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "shobar-prove-"));
  try {
    for (const { name, bytes } of files) {
      if (bytes !== oldBackup.length) {
        const job = { dataFolder: scratch, passphrase: null, now: Date.now(), readBack: async () => {} };
        await drillRestore({ ...job, file: join(folder, name) }).catch((error: unknown) =>
          faults.push(`${where}: ${String(error)}`),
        );
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function leftovers(dataFolder: string): string[] {
  const folder = join(dataFolder, "backups");
  const half = (existsSync(folder) ? readdirSync(folder) : []).filter((name) => /\.partial$|trial/.test(name));
  return [...half, ...readdirSync(dataFolder).filter((name) => /copy|drill/.test(name))];
}

function chatsOfOthers(dataFolder: string): number {
  return read(dataFolder, "SELECT count(*) AS value FROM messages WHERE text <> 'private words'") as number;
}

function rowsOf(dataFolder: string, condition: string): number {
  return read(dataFolder, `SELECT count(*) AS value FROM users WHERE ${condition}`) as number;
}

function organisationOf(dataFolder: string): string {
  return read(dataFolder, "SELECT id AS value FROM organisations") as string;
}

function read(dataFolder: string, query: string): unknown {
  const database = new DatabaseSync(join(dataFolder, "shobar.db"), { readOnly: true, timeout: 5000 });
  try {
    return database.prepare(query).get()!["value"];
  } finally {
    database.close();
  }
}

async function until<Result>(look: () => Promise<Result | null> | Result | null, everyMs = 50): Promise<Result> {
  for (const deadline = Date.now() + patienceMs; ; await delay(everyMs)) {
    const found = await look();
    if (found !== null) {
      return found;
    }
    if (Date.now() > deadline) {
      throw new Error(`nothing came: ${look.toString()}`);
    }
  }
}
