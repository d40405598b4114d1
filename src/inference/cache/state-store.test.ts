import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { mountSmallDisk } from "../../../tests/support/small-disk.ts";
import { createCacheKeys } from "./cache-keys.ts";
import { forgetStates } from "./forget-states.ts";
import type { SavedState } from "./sealed-state.ts";
import { makeStateName } from "./state-name.ts";
import { createStateStore, type StateStoreOptions } from "./state-store.ts";

const keys = createCacheKeys(randomBytes(32));
let folder: string;

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), "shobar-states-")), "prefix-cache");
});
afterEach(() => rmSync(join(folder, ".."), { recursive: true }));

function aStore(changes: Partial<StateStoreOptions> = {}) {
  const { model = "model-1" } = changes;
  return createStateStore({
    folder,
    model,
    key: keys.keyOf(model),
    maxBytes: 1_000_000,
    freeBytesOf: () => 100_000_000_000,
    ...changes,
  });
}

interface Wish {
  readonly owner?: string;
  readonly conversation?: string;
  readonly model?: string;
  readonly bytes?: number;
  readonly computedMs?: number;
}

function aState({
  owner = "ana",
  conversation = "c1",
  model = "model-1",
  bytes = 5000,
  computedMs = 900,
}: Wish = {}): SavedState {
  const tags = { owner: keys.tagOf("owner", owner), conversation: keys.tagOf("conversation", conversation) };
  const tokens = Int32Array.of(1, 2, 3);
  const name = makeStateName({ ...tags, computedMs });
  const header = { name, model, scope: `user:${owner}`, layout: 8, tokens, dataBytes: bytes };
  return { header, data: new Uint8Array(randomBytes(bytes)) };
}

const filesOf = (model = "model-1") => readdirSync(join(folder, model));
const pathOf = ({ header }: SavedState) => join(folder, header.model, header.name);

describe("A written state", () => {
  test("is read as it was, by another store of the same folder too, and closed to other users", () => {
    const state = aState();
    expect(aStore().write(state, [])).toBe(true);
    expect(aStore().read(state.header.name)).toEqual(state);
    expect(aStore().list()).toEqual([state.header]);
    expect(statSync(pathOf(state)).mode & 0o777).toBe(0o600);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  test("takes the place of those that it holds", () => {
    const [old, other, state] = [aState(), aState(), aState()];
    for (const one of [old, other]) aStore().write(one, []);
    aStore().write(state, [old.header.name]);
    expect(filesOf().sort()).toEqual([other.header.name, state.header.name].sort());
  });

  test("of which a byte was changed is no state, and is gone", () => {
    const state = aState();
    aStore().write(state, []);
    const bytes = readFileSync(pathOf(state));
    for (const place of [3, 20, 27, 60, 200, 3000, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[place] = (changed[place] as number) ^ 1;
      writeFileSync(pathOf(state), changed);
      expect(aStore().read(state.header.name)).toBeNull();
      expect(filesOf()).toEqual([]);
    }
  });

  test("that was cut off is no state, found or not", () => {
    const state = aState();
    for (const length of [0, 10, 29, 100, 4000]) {
      aStore().write(state, []);
      writeFileSync(pathOf(state), readFileSync(pathOf(state)).subarray(0, length));
      expect(aStore().list()).toEqual([]);
      expect(filesOf()).toEqual([]);
      expect(aStore().read(state.header.name)).toBeNull();
    }
  });

  test("in the place of another's, or of another model's, is no state", () => {
    const [ana, ben] = [aState(), aState({ owner: "ben" })];
    for (const state of [ana, ben]) aStore().write(state, []);
    copyFileSync(pathOf(ben), pathOf(ana));
    expect(aStore().read(ana.header.name)).toBeNull();
    mkdirSync(join(folder, "model-2"));
    copyFileSync(pathOf(ben), join(folder, "model-2", ben.header.name));
    expect(aStore({ model: "model-2" }).list()).toEqual([]);
    // Even where the same key could open it.
    copyFileSync(pathOf(ben), join(folder, "model-2", ben.header.name));
    expect(aStore({ model: "model-2", key: keys.keyOf("model-1") }).read(ben.header.name)).toBeNull();
  });

  test("that a kill left half is removed at the next look", () => {
    const state = aState();
    aStore().write(state, []);
    writeFileSync(`${pathOf(aState())}.partial`, "half");
    expect(aStore().list()).toHaveLength(1);
    expect(filesOf()).toEqual([state.header.name]);
  });
});

describe("Room", () => {
  test("is made by giving up what saves the least, of other models too", () => {
    const cheap = aState({ model: "model-2", computedMs: 1, bytes: 400_000 });
    const dear = aState({ computedMs: 9000, bytes: 400_000 });
    aStore({ model: "model-2" }).write(cheap, []);
    aStore().write(dear, []);
    const state = aState({ bytes: 400_000 });
    expect(aStore().write(state, [])).toBe(true);
    expect(filesOf("model-2")).toEqual([]);
    expect(filesOf().sort()).toEqual([dear.header.name, state.header.name].sort());
  });

  test("goes to what was used lately", () => {
    const [old, used] = [aState({ bytes: 400_000 }), aState({ bytes: 400_000 })];
    for (const state of [old, used]) {
      aStore().write(state, []);
      utimesSync(pathOf(state), 1_000_000, 1_000_000);
    }
    aStore().read(used.header.name);
    aStore().write(aState({ bytes: 400_000 }), []);
    expect(filesOf()).toContain(used.header.name);
    expect(filesOf()).not.toContain(old.header.name);
  });

  test("is not taken by what is larger than all of it", () => {
    const state = aState();
    aStore().write(state, []);
    expect(aStore().write(aState({ bytes: 1_000_001 }), [])).toBe(false);
    expect(filesOf()).toEqual([state.header.name]);
  });

  test("on a disk that is nearly full belongs to the database", () => {
    const state = aState({ bytes: 400_000 });
    aStore().write(state, []);
    expect(aStore({ freeBytesOf: () => 1_000_100_000 }).write(aState({ bytes: 400_000 }), [])).toBe(true);
    expect(filesOf()).not.toContain(state.header.name);
    expect(aStore({ freeBytesOf: () => 500_000_000 }).write(aState(), [])).toBe(false);
  });

  test("that nobody has named is a small part of what is free", () => {
    const store = aStore({ maxBytes: null, freeBytesOf: () => 2_000_000_000 });
    expect(store.write(aState({ bytes: 90_000_000 }), [])).toBe(true);
    expect(store.write(aState({ bytes: 120_000_000 }), [])).toBe(false);
  });
});

test("on a disk that is full in the middle nothing is kept, and nothing half lies about", () => {
  using disk = mountSmallDisk(4);
  const small = join(disk.folder, "prefix-cache");
  const store = createStateStore({
    folder: small,
    model: "m",
    key: keys.keyOf("m"),
    maxBytes: 1e9,
    freeBytesOf: () => 1e12,
  });
  const fits = aState({ model: "m", bytes: 1_000_000 });
  expect(store.write(fits, [])).toBe(true);
  expect(store.write(aState({ model: "m", bytes: 3_500_000 }), [fits.header.name])).toBe(false);
  expect(readdirSync(join(small, "m"))).toEqual([fits.header.name]);
  expect(store.read(fits.header.name)).toEqual(fits);
});

test("where nothing can be written, nothing is kept and nothing fails", () => {
  writeFileSync(folder, "a file where the folder should be");
  expect(aStore().write(aState(), [])).toBe(false);
  expect(aStore().list()).toEqual([]);
  expect(aStore().read(aState().header.name)).toBeNull();
});

test("a conversation's states go with it, a person's with the person, of every model; others stay", async () => {
  const states = [
    aState(),
    aState({ conversation: "c2" }),
    aState({ conversation: "c2", model: "model-2" }),
    aState({ owner: "ben", conversation: "c3" }),
  ];
  for (const state of states) aStore({ model: state.header.model }).write(state, []);
  await forgetStates(folder, keys.tagOf("conversation", "c2"));
  expect(filesOf()).toHaveLength(2);
  expect(filesOf("model-2")).toEqual([]);
  await forgetStates(folder, keys.tagOf("owner", "ana"));
  expect(filesOf()).toEqual([states[3]?.header.name]);
  await forgetStates(join(folder, "nowhere"), keys.tagOf("owner", "ana"));
});
