// The folder with everything that is kept. Opening it checks that it can be written, that the disk has room, and that
// no other server uses it.
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { AppError } from "./errors.ts";
import { takeFolderLock } from "./data-folder-lock.ts";
import { unwritable } from "./file-problem.ts";
import { giveToOwner } from "./give-to-owner.ts";
import { formatBytes } from "./format-bytes.ts";

/** Below this an acknowledged message could no longer be kept. */
export const minFreeBytes = 64_000_000;
const fewFreeBytes = 1_000_000_000;

const commandPatienceMs = 10_000;
const commandRetryMs = 50;

/** Who has the folder: a server for as long as it runs, a command for a moment. */
export type FolderHolder = "server" | "command";

/** What the holder of the folder tells other processes about itself. */
export interface ServerNote {
  readonly holder: FolderHolder;
  readonly pid: number;
  /** Null until it listens. */
  readonly url: string | null;
  /** Path of the socket that commands speak to. */
  readonly controlSocket: string | null;
  /** How the server can be reached, for `doctor`. */
  readonly network?: NetworkNote;
}

export interface NetworkNote {
  readonly host: string;
  readonly publicUrl?: string | undefined;
  /** Absolute paths. */
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly trustedProxy: readonly string[];
}

export interface DataFolder {
  readonly folder: string;
  readonly databaseFile: string;
  readonly logFolder: string;
  readonly warnings: readonly string[];
  announce(note: Omit<ServerNote, "holder" | "pid">): void;
  /** Lets another server have the folder. */
  release(): void;
}

/** Throws AppError data_folder_unwritable, data_folder_locked or disk_nearly_full. */
export function openDataFolder(
  folder: string,
  holder: FolderHolder,
  freeBytesOf: (folder: string) => number = freeBytes,
): DataFolder {
  const logFolder = join(folder, "log");
  const noteFile = join(folder, "server.json");
  writable(folder, () => {
    for (const path of [folder, logFolder, join(folder, "models")]) {
      makeFolder(path);
      accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
    }
  });
  const lock = writable(folder, () => takeFolderLock(join(folder, "lock")));
  if (!lock) {
    throw new AppError("data_folder_locked", { folder, pid: readServerNote(folder)?.pid ?? "?" });
  }
  try {
    const free = freeBytesOf(folder);
    if (free < minFreeBytes) {
      throw new AppError("disk_nearly_full", { folder, free: formatBytes(free), needed: formatBytes(minFreeBytes) });
    }
    const announce: DataFolder["announce"] = (note) =>
      writable(folder, () =>
        writeFileSync(noteFile, JSON.stringify({ holder, pid: process.pid, ...note } satisfies ServerNote), {
          mode: 0o600,
        }),
      );
    announce({ url: null, controlSocket: null });
    return {
      folder,
      databaseFile: join(folder, "shobar.db"),
      logFolder,
      warnings: free < fewFreeBytes ? [`Only ${formatBytes(free)} is free on the disk of the data folder.`] : [],
      announce,
      release() {
        rmSync(noteFile, { force: true });
        giveToOwner(folder);
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** As openDataFolder, for a server; a command that has the folder for a moment is waited for. */
export async function openDataFolderOfServer(folder: string): Promise<DataFolder> {
  for (const deadline = Date.now() + commandPatienceMs; ;) {
    try {
      return openDataFolder(folder, "server");
    } catch (error) {
      const isForAMoment =
        error instanceof AppError &&
        error.code === "data_folder_locked" &&
        readServerNote(folder)?.holder === "command";
      if (!isForAMoment || Date.now() > deadline) {
        throw error;
      }
      await setTimeout(commandRetryMs);
    }
  }
}

/** What the server that uses this folder wrote, or the last one left behind; null when there is nothing to read. */
export function readServerNote(folder: string): ServerNote | null {
  try {
    return JSON.parse(readFileSync(join(folder, "server.json"), "utf8")) as ServerNote;
  } catch {
    return null;
  }
}

/** Step by step: Node's own recursive mkdir never ends where a file system refuses new folders with ENOENT (/proc). */
function makeFolder(path: string): void {
  if (existsSync(path)) {
    return;
  }
  makeFolder(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

function writable<Result>(folder: string, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    throw unwritable(folder, error);
  }
}
