// Snapshots: the database as it was before an upgrade, each in a folder of its own inside the data folder. A snapshot
// has its name only when all of it is on the disk.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod/mini";
import { readKeyFile, writeKeyFile } from "../secrets/key-file.ts";
import { copyDatabase } from "./database-file.ts";
import { syncFile, syncFolder, syncFolderOf } from "./sync-folder.ts";

const keptSnapshots = 3;
const unfinishedPrefix = "unfinished-";

const SnapshotNote = z.object({
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  /** The version that had worked on the database. */
  fromVersion: z.string(),
  /** The version that made the snapshot, because it was about to change the database. */
  toVersion: z.string(),
  /** Those that the database in it has seen. */
  migrations: z.array(z.string()),
});

type SnapshotNote = z.infer<typeof SnapshotNote>;

export interface Snapshot extends SnapshotNote {
  readonly name: string;
  readonly folder: string;
  readonly databaseFile: string;
  readonly bytes: number;
}

/** Newest first. What is not whole is not listed. */
export function listSnapshots(dataFolder: string): Snapshot[] {
  const parent = snapshotsFolder(dataFolder);
  if (!existsSync(parent)) {
    return [];
  }
  return readdirSync(parent)
    .filter((name) => !name.startsWith(unfinishedPrefix))
    .flatMap((name) => readSnapshot(parent, name) ?? [])
    .toSorted((one, other) => other.createdAt - one.createdAt || other.name.localeCompare(one.name));
}

/** The database must be open nowhere. Answers the snapshot's name. */
export async function takeSnapshot(dataFolder: string, databaseFile: string, note: SnapshotNote): Promise<string> {
  const parent = snapshotsFolder(dataFolder);
  const name = freeName(parent, note);
  const unfinished = join(parent, `${unfinishedPrefix}${name}`);
  removeUnfinishedSnapshots(dataFolder);
  mkdirSync(unfinished, { recursive: true, mode: 0o700 });
  const copy = join(unfinished, "shobar.db");
  copyDatabase(databaseFile, copy);
  await syncFile(copy);
  const keys = readKeyFile(dataFolder);
  if (keys) {
    await writeKeyFile(unfinished, keys);
  }
  await writeFile(join(unfinished, "snapshot.json"), JSON.stringify(note, null, 2), { mode: 0o600, flush: true });
  await syncFolder(unfinished);
  renameSync(unfinished, join(parent, name));
  await syncFolder(parent);
  await syncFolderOf(parent);
  return name;
}

/** A start that was cut off in the middle of one leaves it behind. */
export function removeUnfinishedSnapshots(dataFolder: string): void {
  const parent = snapshotsFolder(dataFolder);
  if (!existsSync(parent)) {
    return;
  }
  for (const name of readdirSync(parent).filter((each) => each.startsWith(unfinishedPrefix))) {
    rmSync(join(parent, name), { recursive: true, force: true });
  }
}

/**
 * Snapshots that the same upgrade made when it was tried before go too: one that fails at every start must not push out
 * those of earlier upgrades.
 */
export function removeOldSnapshots(dataFolder: string, newest: string): void {
  const snapshots = listSnapshots(dataFolder);
  const kept = snapshots.find(({ name }) => name === newest);
  const repeated = snapshots.filter((each) => kept !== undefined && each !== kept && isSameUpgrade(each, kept));
  const older = snapshots.filter((each) => !repeated.includes(each)).slice(keptSnapshots);
  for (const { folder } of [...repeated, ...older]) {
    rmSync(folder, { recursive: true, force: true });
  }
}

function isSameUpgrade(one: SnapshotNote, other: SnapshotNote): boolean {
  return one.toVersion === other.toVersion && one.migrations.join() === other.migrations.join();
}

function snapshotsFolder(dataFolder: string): string {
  return join(dataFolder, "snapshots");
}

function readSnapshot(parent: string, name: string): Snapshot | undefined {
  const folder = join(parent, name);
  const databaseFile = join(folder, "shobar.db");
  try {
    const note = z.parse(SnapshotNote, JSON.parse(readFileSync(join(folder, "snapshot.json"), "utf8")));
    return { ...note, name, folder, databaseFile, bytes: statSync(databaseFile).size };
  } catch {
    return undefined;
  }
}

/** `2026-11-24T12-03-50-from-0.1.0-to-0.2.0`. */
function freeName(parent: string, { createdAt, fromVersion, toVersion }: SnapshotNote): string {
  const time = new Date(createdAt).toISOString().slice(0, 19).replaceAll(":", "-");
  const start = `${time}-from-${fromVersion}-to-${toVersion}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? start : `${start}-${number}`;
    if (!existsSync(join(parent, name))) {
      return name;
    }
  }
}
