// Saved states as files: a folder for each model in one folder for all. Everything here waits for the disk, so it runs in
// threads of its own. Whatever goes wrong is no state and no error: what is not kept is computed again.
import {
  closeSync,
  fsyncSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  utimesSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { chooseGivenUp, type KeptState } from "./choose-given-up.ts";
import { openHeader, openState, type SavedState, type SealedBytes, sealedBytesOf, sealState } from "./sealed-state.ts";
import type { StateHeader } from "./state-header.ts";
import { parseStateName, partialSuffix } from "./state-name.ts";

export interface StateStoreOptions {
  /** Of all models. */
  readonly folder: string;
  /** Fingerprint of the model, which is the name of its folder. */
  readonly model: string;
  /** Of this model's states alone. */
  readonly key: Uint8Array;
  /** What states of all models may take of the disk; null: as much of it as does no harm. */
  readonly maxBytes: number | null;
  readonly freeBytesOf?: (folder: string) => number;
}

export interface StateStore {
  /** What is there and can be opened; the rest is removed. */
  list(): readonly StateHeader[];
  /** Null where it is not there, or not what was written. */
  read(name: string): SavedState | null;
  /** Whether it is on the disk, whole; then those named in `replaced` are gone. */
  write(state: SavedState, replaced: readonly string[]): boolean;
}

/** Where nobody said how much it may be. */
const defaultMaxBytes = 2_000_000_000;
const defaultPartOfFree = 0.05;
/** The database comes first: so much of the disk stays free, whatever was allowed. */
const keptFreeBytes = 1_000_000_000;

export function createStateStore(options: StateStoreOptions): StateStore {
  const { key, model, freeBytesOf = freeBytes } = options;
  const folder = join(options.folder, model);

  const isOurs = (header: StateHeader | null, name: string): header is StateHeader =>
    header !== null && header.name === name && header.model === model;
  const headerOf = (name: string): StateHeader | null => {
    const header = withFile(join(folder, name), (file) => openHeader(key, file));
    return isOurs(header, name) ? header : null;
  };
  const makeRoom = (bytes: number): boolean => {
    const kept = listAll(options.folder);
    const used = kept.reduce((sum, file) => sum + file.bytes, 0);
    const free = freeBytesOf(folder);
    const allowed = options.maxBytes ?? Math.min(defaultMaxBytes, (free + used) * defaultPartOfFree);
    const maxBytes = Math.min(allowed, used + free - keptFreeBytes);
    const given = chooseGivenUp(kept, bytes, { maxBytes, nowMs: Date.now() });
    for (const { path } of given ?? []) rmSync(path, { force: true });
    return given !== null;
  };

  return {
    list() {
      removePartial(folder);
      return namesIn(folder).flatMap((name) => {
        const header = headerOf(name);
        if (header === null) rmSync(join(folder, name), { force: true });
        return header === null ? [] : [header];
      });
    },
    read(name) {
      const path = join(folder, name);
      const state = withFile(path, (file) => openState(key, file));
      if (state !== null && isOurs(state.header, name)) {
        attempt(() => utimesSync(path, new Date(), new Date()));
        return state;
      }
      attempt(() => rmSync(path, { force: true }));
      return null;
    },
    write(state, replaced) {
      const path = join(folder, state.header.name);
      const partial = `${path}${partialSuffix}`;
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        if (!makeRoom(sealedBytesOf(state.header))) return false;
        writeWhole(partial, sealState(key, state.header, state.data));
        renameSync(partial, path);
        syncFolder(folder);
      } catch {
        attempt(() => rmSync(partial, { force: true }));
        return false;
      }
      for (const name of replaced) attempt(() => rmSync(join(folder, name), { force: true }));
      return true;
    },
  };
}

interface StateFile extends KeptState {
  readonly path: string;
  readonly name: string;
}

function listAll(folder: string): readonly StateFile[] {
  return foldersIn(folder).flatMap((model) =>
    namesIn(join(folder, model)).flatMap((name) => {
      const path = join(folder, model, name);
      const found = statSync(path, { throwIfNoEntry: false });
      const computedMs = parseStateName(name)?.computedMs ?? 0;
      return found ? [{ path, name, bytes: found.size, computedMs, lastUsedMs: found.mtimeMs }] : [];
    }),
  );
}

function foldersIn(folder: string): readonly string[] {
  return entriesOf(folder)
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function namesIn(folder: string): readonly string[] {
  return entriesOf(folder)
    .map(({ name }) => name)
    .filter((name) => parseStateName(name) !== null);
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** What a process that was killed has begun. */
function removePartial(folder: string): void {
  for (const { name } of entriesOf(folder))
    if (name.endsWith(partialSuffix)) attempt(() => rmSync(join(folder, name), { force: true }));
}

function withFile<Result>(path: string, use: (file: SealedBytes) => Result | null): Result | null {
  let descriptor: number | undefined;
  try {
    const opened = (descriptor = openSync(path, "r"));
    return use({
      size: fstatSync(opened).size,
      read(offset, length) {
        const bytes = Buffer.allocUnsafe(length);
        let done = 0;
        while (done < length) {
          const read = readSync(opened, bytes, done, length - done, offset + done);
          if (read === 0) break;
          done += read;
        }
        return bytes.subarray(0, done);
      },
    });
  } catch {
    return null;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function writeWhole(path: string, pieces: Iterable<Buffer>): void {
  const descriptor = openSync(path, "wx", 0o600);
  try {
    for (const piece of pieces) {
      for (let done = 0; done < piece.length;) done += writeSync(descriptor, piece, done);
    }
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The new name is on the disk too. Windows knows no such thing. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const descriptor = openSync(folder, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(existing(folder));
  return bavail * bsize;
}

function existing(folder: string): string {
  return statSync(folder, { throwIfNoEntry: false }) === undefined ? existing(dirname(folder)) : folder;
}

function attempt(act: () => void): void {
  try {
    act();
  } catch {
    // Tried again by the next start.
  }
}
