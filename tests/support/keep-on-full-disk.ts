// Backups, trial restores, restores, upgrades and rollbacks whose disk becomes full in the middle, each time at another
// byte: a clear sentence, the old state whole, nothing lying about, and with space it works. Random from the seed.
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { backUpDataFolder } from "../../src/platform/backup/back-up-data-folder.ts";
import { drillRestore } from "../../src/platform/backup/drill-restore.ts";
import { restoreDataFolder } from "../../src/platform/backup/restore-data-folder.ts";
import { rollBackDataFolder } from "../../src/platform/backup/rollback-data-folder.ts";
import { hashTables, type TableHash } from "../../src/platform/backup/table-hashes.ts";
import { upgradeDataFolder } from "../../src/platform/backup/upgrade-data-folder.ts";
import { migrations } from "../../src/platform/database/migrations/migrations.ts";
import { AppError } from "../../src/platform/errors.ts";
import { placeFirstVersion } from "./museum/open-museum.ts";
import { seededRandom } from "./seeded-random.ts";
import { mountSmallDisk, type SmallDisk } from "./small-disk.ts";

export const keepings = ["backup", "drill", "restore", "upgrade", "rollback"] as const;
export type Keeping = (typeof keepings)[number];

export interface FullKeepingReport {
  /** How often each was refused, and how often the room was enough. */
  readonly refused: Readonly<Record<Keeping, number>>;
  readonly enough: number;
  /** What should not be; empty when all is well. */
  readonly faults: readonly string[];
}

/** Free where something begins: less than 64 MB is refused before. */
const diskMegabytes = 110;
const databaseBytes = 1_000_000;
const mostRoomBytes = 3_500_000;
const now = 1_790_000_000_000;
/** So far from the end of its room that every check before the work passes. */
const plenty = (): number => 1e12;

interface Place {
  readonly dataFolder: string;
  readonly backup: string;
  readonly content: readonly TableHash[];
  /** Makes the disk full; called when the work has begun. */
  readonly fill: () => void;
}

export async function keepOnFullDisk({ points, seed }: { points: number; seed: number }): Promise<FullKeepingReport> {
  using disk = mountSmallDisk(diskMegabytes);
  const outside = mkdtempSync(join(tmpdir(), "shobar-full-"));
  const random = seededRandom(seed);
  const refused: Record<Keeping, number> = { backup: 0, drill: 0, restore: 0, upgrade: 0, rollback: 0 };
  const faults: string[] = [];
  let enough = 0;
  try {
    for (let point = 0; point < points; point++) {
      const keeping = keepings[point % keepings.length]!;
      const room = random() * mostRoomBytes;
      const place = await makePlace(keeping, disk, outside, room);
      const where = `${keeping} with ${Math.round(room)} bytes`;
      const problem = await act(keeping, place).then(
        () => null,
        (error: unknown) => error,
      );
      if (problem === null) {
        enough += 1;
      } else {
        refused[keeping] += 1;
        // Reading a database needs room too, for the index of its log.
        disk.free();
        faults.push(...faultsOf(keeping, place, problem).map((fault) => `${where}: ${fault}`));
        await act(keeping, { ...place, fill: () => {} }).catch((error: unknown) =>
          faults.push(`${where}: with space again: ${String(error)}`),
        );
      }
      disk.free();
    }
  } finally {
    rmSync(outside, { recursive: true, force: true });
  }
  return { refused, enough, faults };
}

async function makePlace(keeping: Keeping, disk: SmallDisk, outside: string, room: number): Promise<Place> {
  const dataFolder = join(disk.folder, "data");
  rmSync(dataFolder, { recursive: true, force: true });
  mkdirSync(dataFolder, { mode: 0o700 });
  const databaseFile = join(dataFolder, "shobar.db");
  placeFirstVersion(databaseFile);
  grow(databaseFile);
  if (keeping !== "upgrade") {
    await upgradeDataFolder({ dataFolder, databaseFile, version: "0.2.0", now, freeBytesOf: plenty });
  }
  const backup = join(keeping === "backup" ? dataFolder : outside, "kept.shobar");
  if (keeping === "drill" || keeping === "restore") {
    await backUpDataFolder({ dataFolder, file: backup, passphrase: null, version: "0.2.0", now });
  }
  if (keeping === "restore" || keeping === "rollback") {
    leaveLog(databaseFile, outside);
  }
  const content = hashTables(databaseFile).filter(({ table }) => !isOfUpgrade(table));
  return { dataFolder, backup, content, fill: () => disk.fill(room) };
}

const isOfUpgrade = (table: string): boolean => table === "schema_migrations" || table === "versions";

function grow(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile);
  database.exec(`UPDATE messages SET text = text || hex(randomblob(${databaseBytes / 24}))`);
  database.close();
}

/** As a server that was killed leaves it: the last writes are in the log alone. */
function leaveLog(databaseFile: string, outside: string): void {
  const files = [databaseFile, `${databaseFile}-wal`];
  const database = new DatabaseSync(databaseFile);
  database.exec("PRAGMA journal_mode = WAL; UPDATE users SET name = 'In the log'");
  files.forEach((file, index) => copyFileSync(file, join(outside, String(index))));
  database.close();
  files.forEach((file, index) => copyFileSync(join(outside, String(index)), file));
}

async function act(keeping: Keeping, { dataFolder, backup: file, fill }: Place): Promise<unknown> {
  const databaseFile = join(dataFolder, "shobar.db");
  const job = { dataFolder, file, passphrase: null, now };
  switch (keeping) {
    case "backup":
      return backUpDataFolder({ ...job, version: "0.2.0", onProgress: once(fill) });
    case "drill":
      return drillRestore({ ...job, readBack: async () => {}, onProgress: once(fill) });
    case "restore":
      return restoreBeside(dataFolder, once(fill), () => restoreDataFolder(job));
    case "upgrade":
      return upgradeDataFolder({
        ...job,
        databaseFile,
        version: "0.2.0",
        freeBytesOf: () => {
          fill();
          return plenty();
        },
      });
    case "rollback":
      return rollBackDataFolder({
        ...job,
        confirm: async () => {
          fill();
          return true;
        },
      });
  }
}

/** `begun` is called when the copy is being written. */
async function restoreBeside(dataFolder: string, begun: () => void, restore: () => Promise<unknown>): Promise<unknown> {
  const watcher = watch(dataFolder, (_, name) => name === "restore-copy.db" && begun());
  try {
    return await restore();
  } finally {
    watcher.close();
  }
}

function once(work: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) work();
    isDone = true;
  };
}

function faultsOf(keeping: Keeping, { dataFolder, backup, content }: Place, problem: unknown): string[] {
  const faults: string[] = [];
  if (!(problem instanceof AppError) || !/disk is full|disk of .* free/i.test(problem.message)) {
    faults.push(`was told ${String(problem)}`);
  }
  const here = hashTables(join(dataFolder, "shobar.db"), content);
  const lost = content.filter(({ hash }, index) => here[index]?.hash !== hash).map(({ table }) => table);
  if (lost.length > 0) {
    faults.push(`other content: ${lost.join(", ")}`);
  }
  const applied = hashTables(join(dataFolder, "shobar.db")).find(({ table }) => table === "schema_migrations")?.rows;
  if (applied !== (keeping === "upgrade" ? 1 : migrations.length)) {
    faults.push(`${applied} migrations`);
  }
  const left = readdirSync(dataFolder).filter((name) => /copy|drill|partial|damaged|before/.test(name));
  const snapshots = join(dataFolder, "snapshots");
  const half = existsSync(snapshots) ? readdirSync(snapshots).filter((name) => name.startsWith("unfinished")) : [];
  if (keeping === "backup" && existsSync(backup)) {
    left.push("the backup itself");
  }
  if (left.length + half.length > 0) {
    faults.push(`left ${[...left, ...half].join(", ")}`);
  }
  return faults;
}
