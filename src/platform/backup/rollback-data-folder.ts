// `shobar rollback`: puts the snapshot that an upgrade made in the place of the database. What is there now is kept aside.
import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDataFolder } from "../data-folder.ts";
import { AppError } from "../errors.ts";
import { unwritable } from "../file-problem.ts";
import { addKeys, readKeyFile } from "../secrets/key-file.ts";
import { lockBackups } from "./back-up-data-folder.ts";
import { countLost, type LostRows } from "./count-lost.ts";
import { checkDatabase, replaceDatabase } from "./database-file.ts";
import { freeAsideName } from "./free-aside-name.ts";
import { listSnapshots, type Snapshot } from "./snapshots.ts";
import { syncFile } from "./sync-folder.ts";

export interface RollbackRequest {
  readonly dataFolder: string;
  /** The newest when left out. */
  readonly snapshot?: string | undefined;
  readonly now: number;
  /** Asked when everything is ready and before anything is changed. */
  readonly confirm: (plan: RollbackPlan) => Promise<boolean>;
}

export interface RollbackPlan {
  readonly snapshot: Snapshot;
  /** What was written since; null where the database there now cannot be read. */
  readonly lost: LostRows | null;
}

export interface RolledBack extends RollbackPlan {
  /** Where the database that was there before is now; null where there was none. */
  readonly kept: string | null;
}

/** Throws AppError snapshot_missing, rollback_unconfirmed, database_damaged, and what openDataFolder throws. */
export async function rollBackDataFolder(request: RollbackRequest): Promise<RolledBack> {
  const { dataFolder, now } = request;
  const folder = openDataFolder(dataFolder, "command");
  const copy = join(dataFolder, "rollback-copy.db");
  try {
    using _lock = lockBackups(dataFolder);
    const snapshot = chooseSnapshot(dataFolder, request.snapshot);
    checkDatabase(snapshot.databaseFile);
    const plan = { snapshot, lost: countLost(folder.databaseFile, snapshot.databaseFile) };
    if (!(await request.confirm(plan))) {
      throw new AppError("rollback_unconfirmed", { snapshot: snapshot.name, ...plan.lost });
    }
    await copyWhole(snapshot.databaseFile, copy, dataFolder);
    // Before the database: at every moment the key of the one that is there is there too.
    await addKeys(dataFolder, readKeyFile(snapshot.folder) ?? []);
    const kept = freeAsideName(dataFolder, "rollback", now, ".db");
    const hadOne = await replaceDatabase(folder.databaseFile, copy, kept);
    return { ...plan, kept: hadOne ? kept : null };
  } finally {
    rmSync(copy, { force: true });
    folder.release();
  }
}

function chooseSnapshot(dataFolder: string, name: string | undefined): Snapshot {
  const snapshots = listSnapshots(dataFolder);
  const chosen = name === undefined ? snapshots[0] : snapshots.find((each) => each.name === name);
  if (!chosen) {
    const known = snapshots.map((each) => each.name).join(", ") || "none";
    throw new AppError("snapshot_missing", { folder: join(dataFolder, "snapshots"), name: name ?? "", known });
  }
  return chosen;
}

/** The snapshot itself stays, so that going back works again, whatever happens on the way. */
async function copyWhole(from: string, to: string, dataFolder: string): Promise<void> {
  try {
    rmSync(to, { force: true });
    copyFileSync(from, to);
    await syncFile(to);
  } catch (error) {
    throw unwritable(dataFolder, error);
  }
}
