// Saved states through real processes and a real disk: what comes back after a restart, and that nothing wrong ever does.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, renameSync, watch, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ModelCallRequest, ModelEvent } from "../model-call.ts";
import { findLlamaLibrary } from "./find-llama-library.ts";
import { createLocalEngine } from "./local-engine.ts";
import { defaultEngineSettings, type EngineSettings, type LocalEngine } from "./local-engine-options.ts";

const starterFolder = join(import.meta.dirname, "../../../models");
const starterId = "smollm2-135m-instruct";
const secret = Buffer.alloc(32, 7);
/** Some 250 tokens. */
const story = Array.from({ length: 12 }, (_, day) => `On day ${day} the old ship sailed past island ${day * 7}.`).join(
  " ",
);
let folder: string;
let states: string;
const engines: LocalEngine[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-saved-"));
  states = join(folder, "prefix-cache");
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  await rm(folder, { recursive: true });
});

function anEngine(changes: Partial<EngineSettings> = {}, diskBytes: number | null = null): LocalEngine {
  const engine = createLocalEngine({
    places: async () => [],
    starterFolder,
    dataFolder: folder,
    workerEntry: join(import.meta.dirname, "engine-worker.ts"),
    findLibraryFolder: () => findLlamaLibrary(),
    settings: { ...defaultEngineSettings, threads: 2, sequences: 2, contextTokens: 1024, ...changes },
    savedStates: { folder: states, secret, diskBytes },
    logger: pino({ level: "silent" }),
  });
  engines.push(engine);
  return engine;
}

async function ask(engine: LocalEngine, words: string, changes: Partial<ModelCallRequest> = {}) {
  const events: ModelEvent[] = await Array.fromAsync(
    engine.call({
      model: starterId,
      messages: [{ role: "user", content: words }],
      sampling: { temperature: 0 },
      maxOutputTokens: 12,
      lane: "interactive",
      userId: "ana",
      cacheScope: "user:ana",
      conversationId: "chat-1",
      signal: new AbortController().signal,
      ...changes,
    }),
  );
  const end = events.at(-1);
  const text = events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
  return { text, usage: end?.type === "call-end" ? end.usage! : null! };
}

const files = () =>
  existsSync(states)
    ? readdirSync(states, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".state"))
        .map((name) => join(states, name))
    : [];

/** Until so many states are on the disk. */
async function saved(count: number): Promise<void> {
  await mkdir(states, { recursive: true });
  const done = Promise.withResolvers<void>();
  const watcher = watch(states, { recursive: true }, () => files().length === count && done.resolve());
  if (files().length !== count) await done.promise;
  watcher.close();
}

const pidOf = (engine: LocalEngine) => engine.loadedModels()[0]?.pid ?? 0;
const question = `${story} What did it pass on day 3?`;
const nextQuestion = `${story} What did it pass on day 9?`;

const everybodyElse = ["ben", "eva", "kim"];
const as = (person: string) => ({ userId: person, cacheScope: `user:${person}`, conversationId: `chat of ${person}` });

test("what was computed before a restart or a kill is not computed again, for the same person and the same kind of cache", async () => {
  const first = anEngine();
  await ask(first, question);
  // The cache in the sequence, for the same shape of batches: then every number is the same.
  const live = await ask(first, question);
  expect(live.usage.cachedTokens).toBe(live.usage.promptTokens - 1);
  await first.stop();
  expect(files()).toHaveLength(1);

  const second = anEngine();
  expect(await ask(second, question)).toEqual(live);
  expect((await ask(second, nextQuestion)).usage.cachedTokens).toBeGreaterThan(150);
  expect((await ask(second, question, as("ben"))).usage.cachedTokens).toBe(0);
  process.kill(pidOf(second), "SIGKILL");
  expect(await ask(second, question).catch(() => ask(second, question))).toEqual(live);
  await second.stop();

  const other = anEngine({ kvType: "q8_0" });
  expect((await ask(other, question)).usage.cachedTokens).toBe(0);
}, 240_000);

describe("while the engine runs", () => {
  test("what rests is saved by itself, comes back when others have pushed it out, and is replaced by what it grows to", async () => {
    const engine = anEngine();
    const { text } = await ask(engine, question);
    await saved(1);
    const [first] = files();
    for (const person of everybodyElse) await ask(engine, "Hello!", as(person));
    const again = await ask(engine, question);
    expect(again.usage.cachedTokens).toBe(again.usage.promptTokens - 1);
    const more = [
      { role: "user", content: question },
      { role: "assistant", content: text },
      { role: "user", content: `And then? ${story}` },
    ] as const;
    await ask(engine, "", { messages: more });
    await engine.stop();
    expect(files()).toHaveLength(1);
    expect(files()).not.toContain(first);
  });

  test("a deleted conversation's states are gone from disk and memory, and a person's with the person", async () => {
    const engine = anEngine();
    await ask(engine, question);
    await saved(1);
    await engine.forgetSaved({ kind: "conversation", id: "chat-1" });
    expect(files()).toEqual([]);
    expect((await ask(engine, question)).usage.cachedTokens).toBe(0);
    await engine.forgetSaved({ kind: "owner", id: "ana" });
    await engine.stop();
    expect(files()).toEqual([]);
  });

  test.runIf(process.platform !== "win32")("a disk that never answers keeps nobody waiting for long", async () => {
    const engine = anEngine();
    const asked = await ask(engine, question);
    await saved(1);
    const [file] = files();
    for (const person of everybodyElse) await ask(engine, "Hello!", as(person));
    // Whoever opens it to read waits for a writer who never comes.
    renameSync(file!, `${file}.aside`);
    execFileSync("/usr/bin/mkfifo", [file!]);
    const [again, other] = await Promise.all([ask(engine, question), ask(engine, "Say hello.", as("kim"))]);
    expect(again.usage.cachedTokens).toBe(0);
    expect(again.text.slice(0, 8)).toBe(asked.text.slice(0, 8));
    expect(other.text).not.toBe("");
  });

  test("where the disk is to be left alone, nothing is saved", async () => {
    const engine = anEngine({}, 0);
    await ask(engine, question);
    await engine.stop();
    expect(files()).toEqual([]);
  });
});

describe("a system prompt that many are given", () => {
  const rules = { role: "system", content: `You tell of this ship. ${story}` } as const;
  const asking = (person: string, scope = "the program") => ({
    ...as(person),
    sharedSystemScope: scope,
    messages: [rules, { role: "user", content: `I am ${person}. What did it pass on day 3?` }] as const,
  });

  test("is computed once for all who ask at the same time, and comes back after a restart for somebody new", async () => {
    const engine = anEngine({ sequences: 4 });
    await engine.load(starterId);
    const all = await Promise.all(["ana", "ben", "eva", "kim"].map((person) => ask(engine, "", asking(person))));
    const cached = all.map(({ usage }) => usage.cachedTokens).sort((one, other) => one - other);
    expect(cached[0]).toBe(0);
    expect(Math.min(...cached.slice(1))).toBeGreaterThan(150);
    await engine.stop();
    expect(files().length).toBeGreaterThan(0);
    const after = await ask(anEngine({ sequences: 4 }), "", asking("new"));
    expect(after.usage.cachedTokens).toBeGreaterThan(150);
    // As far as the system's text goes, and not into what another has asked.
    expect(after.usage.promptTokens - after.usage.cachedTokens).toBeGreaterThan(10);
  });

  test("is nobody's who was given it by somebody else, and what people ask behind it stays theirs", async () => {
    const engine = anEngine();
    const first = await ask(engine, "", asking("ana"));
    const other = await ask(engine, "", asking("ben", "another program"));
    expect(other.usage.cachedTokens).toBe(0);
    const same = { ...asking("ana"), ...as("ben") };
    const { usage } = await ask(engine, "", same);
    expect(usage.promptTokens).toBe(first.usage.promptTokens);
    // Word for word the same question, and yet no more than its system prompt is found.
    expect(usage.promptTokens - usage.cachedTokens).toBeGreaterThan(10);
    expect(usage.cachedTokens).toBeGreaterThan(150);
  });
});

test("whatever is changed, cut off or swapped is a miss, and the answer is the same", async () => {
  const engine = anEngine();
  const [asked, other] = [await ask(engine, question), await ask(engine, nextQuestion, as("ben"))];
  await engine.unload(starterId);
  const [one, two] = files() as [string, string];
  const whole = [readFileSync(one), readFileSync(two)] as const;
  const damages: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => bytes.subarray(0, bytes.length - 1),
    (bytes) => changedAt(bytes, Math.floor(bytes.length / 2)),
    (bytes) => (bytes === whole[0] ? whole[1] : whole[0]),
  ];
  for (const damage of damages) {
    for (const file of files()) await rm(file);
    writeFileSync(one, damage(whole[0]));
    writeFileSync(two, damage(whole[1]));
    expect(begun(await ask(engine, question))).toEqual(begun(asked));
    expect(begun(await ask(engine, nextQuestion, as("ben")))).toEqual(begun(other));
    await engine.unload(starterId);
  }
}, 240_000);

/** How a prompt is cut into batches depends on how fast they were, and other shapes round differently. */
function begun({ text, usage }: Awaited<ReturnType<typeof ask>>) {
  return { text: text.slice(0, 12), usage };
}

function changedAt(bytes: Buffer, place: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[place] = (changed[place] as number) ^ 0x10;
  return changed;
}
