// The real child process with the starter model, spoken to over its protocol alone.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, onTestFinished, test } from "vitest";
import { findLlamaLibrary } from "./find-llama-library.ts";
import { aContextPlan, askStarter, starterFile } from "./open-starter.ts";
import { type LoadPlan, type WorkerCommand, type WorkerEvent, workerProtocolVersion } from "./worker-protocol.ts";

const workerEntry = fileURLToPath(new URL("./engine-worker.ts", import.meta.url));
const workers: ChildProcess[] = [];

afterEach(() => {
  for (const worker of workers.splice(0)) worker.kill("SIGKILL");
});

function startWorker() {
  const child = fork(workerEntry, { serialization: "advanced", env: {}, stdio: ["ignore", "ignore", "ignore", "ipc"] });
  workers.push(child);
  const events: WorkerEvent[] = [];
  let arrived = Promise.withResolvers<void>();
  child.on("message", (event: WorkerEvent) => {
    events.push(event);
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  async function waitFor<Type extends WorkerEvent["type"]>(...types: Type[]) {
    for (;;) {
      const found = events.find((event) => (types as string[]).includes(event.type));
      if (found !== undefined) return found as Extract<WorkerEvent, { type: Type }>;
      await arrived.promise;
    }
  }
  const send = (command: WorkerCommand) => child.send(command);
  return { child, events, send, waitFor, exit: once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]> };
}

function aPlan(changes: Partial<LoadPlan> = {}): LoadPlan {
  return {
    modelFile: starterFile,
    libraryFolder: findLlamaLibrary(),
    threads: 1,
    contexts: [aContextPlan()],
    promptChunkTokens: 16,
    targetGapMs: 250,
    userSequences: null,
    ...changes,
  };
}

async function startLoaded(changes: Partial<LoadPlan> = {}) {
  const worker = startWorker();
  worker.send({ type: "load", protocol: workerProtocolVersion, plan: aPlan(changes) });
  const loaded = await worker.waitFor("loaded", "load-failed");
  expect(loaded.type).toBe("loaded");
  return worker;
}

function ask(requestId: string, maxOutputTokens: number): WorkerCommand {
  return {
    type: "generate",
    requestId,
    prompt: askStarter("What is the sea?"),
    sampling: { temperature: 0 },
    maxOutputTokens,
    stop: [],
    userId: "ana",
    lane: "interactive",
    cacheScope: "ana",
  };
}

describe("a worker", () => {
  test("loads with progress, answers in steps, tells its numbers and leaves cleanly", async () => {
    const worker = await startLoaded();
    const percents = worker.events.flatMap((event) => (event.type === "load-progress" ? [event.percent] : []));
    expect(percents.at(-1)).toBe(100);
    expect(await worker.waitFor("loaded")).toMatchObject({ contextTokens: 512, trainedContextTokens: 8192 });

    worker.send(ask("a", 6));
    expect(await worker.waitFor("ended")).toMatchObject({ requestId: "a", finishReason: "length" });
    const tokens = worker.events
      .flatMap((event) => (event.type === "step" ? event.texts : []))
      .map((text) => text.tokens);
    expect(tokens.reduce((sum, count) => sum + count, 0)).toBe(6);

    worker.send({ type: "ping", id: 7 });
    const { id, stats } = await worker.waitFor("pong");
    expect(id).toBe(7);
    expect(stats).toMatchObject({ runningSequences: 0, generatedTokens: 6, steps: 6 });
    expect(stats.residentBytes).toBeGreaterThan(100_000_000);

    worker.send({ type: "shutdown" });
    expect(await worker.exit).toEqual([0, null]);
  });

  test("turns text into tokens and back, and refuses ids that do not exist", async () => {
    const worker = await startLoaded();
    worker.send({ type: "tokenize", requestId: "t", prompt: askStarter("আমি <|im_end|> 👋"), addBegin: true });
    const described = (await worker.waitFor("tokens")).tokens;
    const tokens = described.map(({ id }) => id);
    expect(Buffer.concat(described.map(({ bytes }) => bytes)).toString()).toContain(
      "<|im_start|>user\nআমি <|im_end|> 👋",
    );
    // The typed <|im_end|> is text: the only end token is the template's.
    expect(tokens.filter((token) => token === 2)).toHaveLength(1);
    worker.send({ type: "detokenize", requestId: "d", tokens });
    expect((await worker.waitFor("detokenized")).text).toBe(
      "<|im_start|>user\nআমি <|im_end|> 👋<|im_end|>\n<|im_start|>assistant\n",
    );
    worker.send({ type: "detokenize", requestId: "wrong", tokens: [10_000_000] });
    expect(await worker.waitFor("failed")).toMatchObject({ requestId: "wrong", code: "invalid_request" });
  });

  test("answers a ping while it computes, and ends an answer on cancel", async () => {
    const worker = await startLoaded();
    worker.send(ask("a", 400));
    await worker.waitFor("step");
    worker.send({ type: "ping", id: 1 });
    expect((await worker.waitFor("pong")).stats.runningSequences).toBe(1);
    worker.send({ type: "cancel", requestId: "a" });
    expect(await worker.waitFor("cancelled", "ended")).toEqual({ type: "cancelled", requestId: "a" });
  });

  test("stops in the middle of an answer and still leaves cleanly", async () => {
    const worker = await startLoaded();
    worker.send(ask("a", 400));
    await worker.waitFor("step");
    worker.send({ type: "shutdown" });
    expect(await worker.exit).toEqual([0, null]);
  });

  test.each(["SIGINT", "SIGTERM"] as const)(
    "goes on after %s, which its parent gets too and decides on",
    async (signal) => {
      const worker = await startLoaded();
      worker.child.kill(signal);
      worker.send(ask("a", 2));
      await worker.waitFor("ended");
      worker.send({ type: "shutdown" });
      expect(await worker.exit).toEqual([0, null]);
    },
  );

  test("goes when its parent goes, not when its answer ends", { timeout: 20_000 }, async () => {
    const worker = await startLoaded({ contexts: [aContextPlan({ sequences: 1, tokensPerSequence: 8192 })] });
    // Thousands of tokens take minutes.
    worker.send({ ...ask("a", 8000), sampling: { temperature: 1, seed: 1, repeatPenalty: 1.5 } } as WorkerCommand);
    await worker.waitFor("step");
    worker.child.disconnect();
    expect(await worker.exit).toEqual([null, "SIGKILL"]);
  });

  test("saves what it has computed when it is told to stop, and writes nothing once its parent has gone", async () => {
    const folder = await mkdtemp(join(tmpdir(), "orphan-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const prefixCache = { folder, model: "starter", key: randomBytes(32), diskBytes: null };
    const afterAnAnswer = async (leave: (worker: ReturnType<typeof startWorker>) => void) => {
      const worker = await startLoaded({ prefixCache });
      const prompt = askStarter("Tell me about the sea. ".repeat(12));
      const cacheTags = { owner: "0".repeat(16), conversation: "1".repeat(16) };
      worker.send({ ...ask("a", 2), prompt, cacheTags } as WorkerCommand);
      await worker.waitFor("ended");
      leave(worker);
      await worker.exit;
      return (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".state")).length;
    };
    expect(await afterAnAnswer(({ child }) => child.disconnect())).toBe(0);
    expect(await afterAnAnswer(({ send }) => send({ type: "shutdown" }))).toBe(1);
  });
});

describe("a worker that cannot load", () => {
  test("says so for another version of the protocol", async () => {
    const worker = startWorker();
    worker.send({ type: "load", protocol: 999, plan: aPlan() });
    expect((await worker.waitFor("load-failed")).problem).toMatch(/version/);
  });

  test("says what is wrong with a broken file, and leaves cleanly when told to", async () => {
    const folder = await mkdtemp(join(tmpdir(), "broken-model-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const modelFile = join(folder, "broken.gguf");
    await writeFile(modelFile, "GGUF, or so it says");
    const worker = startWorker();
    worker.send({ type: "load", protocol: workerProtocolVersion, plan: aPlan({ modelFile }) });
    expect((await worker.waitFor("load-failed")).problem).toMatch(/^gguf_init.*version/);
    worker.send({ type: "shutdown" });
    expect(await worker.exit).toEqual([0, null]);
  });

  test("says what is wrong with its plan", async () => {
    const worker = startWorker();
    const contexts = [aContextPlan({ sequences: 8, batchTokens: 4 })];
    worker.send({ type: "load", protocol: workerProtocolVersion, plan: aPlan({ contexts }) });
    expect((await worker.waitFor("load-failed")).problem).toMatch(/place in the batch/);
  });
});
