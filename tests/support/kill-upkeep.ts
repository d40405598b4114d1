// Kills a scheduled backup, with its trial restore and the deletion of old ones, or the purge of a removed person, at
// many of the things that it does to the disk, and checks what it leaves each time.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pino } from "pino";
import { backupNameOf, serverMarkOf } from "../../src/features/backups/server/backup-files.ts";
import { drillRestore } from "../../src/platform/backup/drill-restore.ts";
import { openInlineDatabase } from "../../src/platform/database/inline-database.ts";
import { migrate } from "../../src/platform/database/migrate.ts";
import { placeFirstVersion } from "./museum/open-museum.ts";
import { openUpkeep } from "./open-upkeep.ts";
import { runUntilKilled } from "./run-until-killed.ts";

type Act = "backup" | "purge";

export interface UpkeepKills {
  /** How many things are done to the disk. */
  readonly points: number;
  readonly killed: number;
  /** After how many kills something of the work was left for the next start to clear or to end. */
  readonly unfinished: number;
}

const program = join(import.meta.dirname, "..", "..", "src", "server", "upkeep-kills.test-writer.ts");
const dayMs = 24 * 3_600_000;
const night = Date.parse("2026-11-24T02:30:00Z");
const oldBackups = 6;
const keptDays = 2;
/** In the museum. */
const organisationId = "01900000-0000-7000-8000-000000000001";
const removedPerson = "01900000-0000-7000-8000-00000000000b";
/** What names the person's rows: themselves, their chats, and their runs, whose pieces name nothing else. */
const ofRemoved = [removedPerson, "removed-chat", ...["191", "193", "195"].map((run) => `000000000${run}`)];
const chatsOfRemoved = 45;
const messagesPerChat = 3;

/** At `kills` points, spread evenly; throws where anything is lost, half done or left lying about. */
export async function killUpkeep(act: Act, kills: number): Promise<UpkeepKills> {
  const folder = mkdtempSync(join(tmpdir(), "shobar-upkeep-kills-"));
  const template = join(folder, "template");
  const data = join(folder, "data");
  const inCopy = async <Result>(use: () => Promise<Result>): Promise<Result> => {
    rmSync(data, { recursive: true, force: true });
    cpSync(template, data, { recursive: true });
    return use();
  };
  try {
    await fillTemplate(template, act);
    const points = await inCopy(() => runUntilKilled(program, [act, data, String(night)], -1));
    const step = Math.max(1, points / kills);
    let [killed, unfinished] = [0, 0];
    for (let place = (step - 1) / 2; place < points; place += step, killed++) {
      const point = Math.floor(place);
      const isUnfinished = await inCopy(async () => {
        const before = rowsOfOthers(data);
        await runUntilKilled(program, [act, data, String(night)], point);
        return (act === "backup" ? backupLeft : purgeLeft)(data, `${act} ${point}`, before);
      });
      unfinished += isUnfinished ? 1 : 0;
    }
    return { points, killed, unfinished };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function fillTemplate(folder: string, act: Act): Promise<void> {
  mkdirSync(folder, { mode: 0o700 });
  placeFirstVersion(join(folder, "shobar.db"));
  await withUpkeep(folder, night - 10 * dayMs, async ({ backups }) => {
    await backups.change({ schedule: { daily: keptDays, weekly: 0, monthly: 0 } });
    await backups.makeIfDue();
  });
  if (act === "backup") {
    mkdirSync(join(folder, "backups"), { mode: 0o700 });
    for (let age = 1; age <= oldBackups; age++) {
      const name = backupNameOf(serverMarkOf(organisationId), night - age * dayMs);
      writeFileSync(join(folder, "backups", name), Buffer.concat([Buffer.from("SHOBARBK\u0001\0"), Buffer.alloc(200)]));
    }
  } else {
    withFile(folder, removeSomebody);
  }
}

function removeSomebody(database: DatabaseSync): void {
  database.prepare("UPDATE users SET disabled_at = 1, removed_at = 1, purge_at = 2 WHERE id = ?").run(removedPerson);
  const own = [organisationId, removedPerson];
  const addChat = database.prepare(
    "INSERT INTO chats (id, organisation_id, owner_id, title, title_source, created_at, updated_at) VALUES (?, ?, ?, 'x', 'message', 1, 1)",
  );
  const addMessage = database.prepare(
    "INSERT INTO messages (id, organisation_id, owner_id, chat_id, role, text, created_at) VALUES (?, ?, ?, ?, 'user', 'private words', 1)",
  );
  const grant = database.prepare("INSERT INTO grants VALUES (?, 'chat', ?, 'user', ?, 'read', 1)");
  for (let chat = 0; chat < chatsOfRemoved; chat++) {
    const chatId = `removed-chat-${chat}`;
    addChat.run(chatId, ...own);
    grant.run(organisationId, chatId, "01900000-0000-7000-8000-00000000000a");
    for (let message = 0; message < messagesPerChat; message++) {
      addMessage.run(`${chatId}-${message}`, ...own, chatId);
    }
  }
}

/** Answers whether the kill left something to clear. */
async function backupLeft(data: string, where: string, before: string): Promise<boolean> {
  const folder = join(data, "backups");
  const newest = names(folder).filter((name) => /2026-11-24T.*\.shobar$/.test(name));
  for (const name of newest) {
    const job = { dataFolder: data, passphrase: null, now: night, readBack: async () => {} };
    await drillRestore({ ...job, file: join(folder, name) });
  }
  const old = names(folder).filter((name) => name.endsWith(".shobar") && !newest.includes(name));
  demand(newest.length > 0 || old.length === oldBackups, `${where}: older backups went before there was a new one`);
  const hadLeftovers = leftovers(data).length > 0;
  // The next start: what lies about goes at once, and the next night has its backup.
  await withUpkeep(data, night + 60_000, async ({ backups }) => void (await backups.makeIfDue()));
  demand(leftovers(data).length === 0, `${where}: ${leftovers(data).join(", ")} left after the next start`);
  await withUpkeep(data, night + dayMs, async ({ backups }) => {
    demand((await backups.makeIfDue()) === 1, `${where}: the next night had no backup`);
    const { problem, lastDrill, files } = await backups.read();
    demand(
      problem === null && lastDrill?.at === night + dayMs,
      `${where}: the next backup failed: ${problem?.message}`,
    );
    demand(files.length === keptDays, `${where}: ${files.length} backups are kept`);
  });
  demand(rowsOfOthers(data) === before, `${where}: the data are others`);
  return hadLeftovers;
}

async function purgeLeft(data: string, where: string, before: string): Promise<boolean> {
  const isThere = withFile(data, (database) => {
    const counts = database
      .prepare("SELECT count(*) AS count FROM messages WHERE chat_id LIKE 'removed-%' GROUP BY chat_id")
      .all();
    demand(
      counts.every((row) => row["count"] === messagesPerChat),
      `${where}: half a chat is left`,
    );
    const user = database.prepare("SELECT purge_at FROM users WHERE id = ?").get(removedPerson);
    demand(user !== undefined || counts.length === 0, `${where}: chats of nobody are left`);
    demand(user === undefined || user["purge_at"] === 2, `${where}: the person is back`);
    return user !== undefined;
  });
  demand(rowsOfOthers(data) === before, `${where}: another person's rows have changed`);
  await withUpkeep(data, night, async ({ people }) => {
    const listed = await people.list(organisationId);
    demand(!listed.items.some(({ id }) => id === removedPerson), `${where}: the person is listed`);
    demand((await people.purgeRemoved()) === (isThere ? 1 : 0), `${where}: the next start purges otherwise`);
  });
  const traces = rows(data).filter(isOfRemoved);
  demand(traces.length === 0, `${where}: traces of the person: ${traces.join()}`);
  demand(rowsOfOthers(data) === before, `${where}: another person's rows have changed`);
  return isThere;
}

async function withUpkeep(
  dataFolder: string,
  now: number,
  use: (upkeep: Awaited<ReturnType<typeof openUpkeep>>) => Promise<void>,
): Promise<void> {
  const db = openInlineDatabase(join(dataFolder, "shobar.db"));
  try {
    await db.run(migrate, { now });
    await use(await openUpkeep({ db, dataFolder, clock: () => now, logger: pino({ level: "silent" }) }));
  } finally {
    await db.close();
  }
}

/** Copies of the database, in whole or in part, that nobody will ever read. */
function leftovers(data: string): string[] {
  const inData = names(data).filter((name) => /copy|drill/.test(name));
  return [...inData, ...names(join(data, "backups")).filter((name) => /\.partial$|trial/.test(name))];
}

function names(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

function withFile<Result>(data: string, use: (database: DatabaseSync) => Result): Result {
  const database = new DatabaseSync(join(data, "shobar.db"));
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** Every row of every table as text. What upkeep says about itself is left out. */
function rows(data: string): string[] {
  return withFile(data, (database) => {
    const faults = database.prepare("PRAGMA foreign_key_check").all();
    demand(faults.length === 0, `rows belong to nothing: ${JSON.stringify(faults)}`);
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'settings'").all();
    return tables.flatMap(({ name }) => {
      const statement = database.prepare(`SELECT * FROM "${String(name)}"`);
      statement.setReadBigInts(true);
      return statement.all().map((row) => `${String(name)} ${Object.values(row).map(String).join("|")}`);
    });
  });
}

const isOfRemoved = (row: string): boolean => ofRemoved.some((mark) => row.includes(mark));

function rowsOfOthers(data: string): string {
  return rows(data)
    .filter((row) => !isOfRemoved(row))
    .join("\n");
}

function demand(condition: boolean, problem: string): asserts condition {
  if (!condition) {
    throw new Error(problem);
  }
}
