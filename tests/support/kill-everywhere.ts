// Kills an upgrade or a rollback at many of the things that it does to the disk, and checks what it leaves each time.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { rollBackDataFolder } from "../../src/platform/backup/rollback-data-folder.ts";
import { listSnapshots } from "../../src/platform/backup/snapshots.ts";
import { hashTables, type TableHash } from "../../src/platform/backup/table-hashes.ts";
import { upgradeDataFolder } from "../../src/platform/backup/upgrade-data-folder.ts";
import { migrations } from "../../src/platform/database/migrations/migrations.ts";
import { placeFirstVersion } from "./museum/open-museum.ts";
import { runUntilKilled } from "./run-until-killed.ts";

/** The newest: an upgrade that is killed within the newest migration alone. */
type Act = "upgrade" | "newest" | "rollback";

export interface KillReport {
  /** How many things are done to the disk. */
  readonly points: number;
  /** How often the old and how often the new database was there after a kill. */
  readonly left: { readonly old: number; readonly new: number };
}

const program = join(import.meta.dirname, "..", "..", "src", "platform", "backup", "upgrade-kills.test-writer.ts");

/** At `kills` points, spread evenly; throws where anything is lost or half done. */
export async function killEverywhere(act: Act, kills: number): Promise<KillReport> {
  const points = await inNewFolder(act, (folder) => runUntilKilled(program, [act, folder], -1));
  const left = { old: 0, new: 0 };
  const step = Math.max(1, points / kills);
  for (let place = 0; place < points; place += step) {
    const state = await inNewFolder(act, (folder, content) => killOnce(act, folder, Math.floor(place), content));
    left[state]++;
  }
  return { points, left };
}

async function killOnce(
  act: Act,
  dataFolder: string,
  place: number,
  content: readonly TableHash[],
): Promise<"old" | "new"> {
  const databaseFile = join(dataFolder, "shobar.db");
  await runUntilKilled(program, [act, dataFolder], place);
  const applied = appliedMigrations(databaseFile);
  require(applied.length === 1 || applied.length === migrations.length, `${act} ${place}: half of the migrations`);
  requireContent(databaseFile, content, `${act} ${place}`);
  for (const { databaseFile: snapshot } of listSnapshots(dataFolder)) {
    requireContent(snapshot, content, `${act} ${place}, the snapshot`);
  }
  // The next try, whole.
  await tryWhole(act, dataFolder);
  requireContent(databaseFile, content, `${act} ${place}, the next try`);
  const wanted = act === "rollback" ? 1 : migrations.length;
  require(appliedMigrations(databaseFile).length === wanted, `${act} ${place}: the next try did not end`);
  return applied.length === 1 ? "old" : "new";
}

async function tryWhole(act: Act, dataFolder: string): Promise<void> {
  const now = 1_790_000_000_000;
  await (act === "rollback"
    ? rollBackDataFolder({ dataFolder, now, confirm: () => Promise.resolve(true) })
    : upgradeDataFolder({ dataFolder, databaseFile: join(dataFolder, "shobar.db"), version: "0.2.0", now }));
}

async function inNewFolder<Result>(
  act: Act,
  use: (folder: string, content: readonly TableHash[]) => Promise<Result>,
): Promise<Result> {
  const dataFolder = mkdtempSync(join(tmpdir(), "shobar-kills-"));
  const databaseFile = join(dataFolder, "shobar.db");
  try {
    placeFirstVersion(databaseFile);
    const content = hashTables(databaseFile).filter(({ table }) => table !== "schema_migrations");
    if (act === "rollback") {
      await upgradeDataFolder({ dataFolder, databaseFile, version: "0.2.0", now: 1_780_000_000_000 });
    }
    return await use(dataFolder, content);
  } finally {
    rmSync(dataFolder, { recursive: true, force: true });
  }
}

function appliedMigrations(file: string): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    return database.prepare("SELECT name FROM schema_migrations").all();
  } finally {
    database.close();
  }
}

function requireContent(file: string, content: readonly TableHash[], where: string): void {
  const here = hashTables(file, content);
  const lost = content.filter((table, index) => here[index]?.hash !== table.hash).map(({ table }) => table);
  require(lost.length === 0, `${where}: ${lost.join(", ")} differ`);
}

function require(condition: boolean, problem: string): void {
  if (!condition) {
    throw new Error(problem);
  }
}
