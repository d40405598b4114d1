// Entry of an engine's child process: messages in, events out. A native crash ends this process alone. It holds no key
// but that of its model's saved states, no database and no connection, and it goes when its parent goes.
import { setTimeout as delay } from "node:timers/promises";
import { AppError } from "../../platform/errors.ts";
import { createPrefixCache, type PrefixCache } from "../cache/prefix-cache.ts";
import { type Engine, startEngine } from "./engine-loop.ts";
import { createAbortFlag } from "./abort-flag.ts";
import { openLlama } from "./llama-api.ts";
import { createMachineLoad } from "./machine-load.ts";
import { type LlamaModel, loadLlamaModel } from "./llama-model.ts";
import { createThreadPool } from "./thread-pool.ts";
import { type LoadPlan, type WorkerCommand, type WorkerEvent, workerProtocolVersion } from "./worker-protocol.ts";

const queueLimit = 64;
/** A long chat's cache outlives its reader's pauses. */
const idleContextMs = 5 * 60_000;
/** So long the first question may wait to know what was saved. */
const savedStatesLimitMs = 2000;
/** A step that does not end when told to is left behind. */
const stopLimitMs = 2000;

interface Loaded {
  readonly engine: Engine;
  readonly model: LlamaModel;
}

const abort = createAbortFlag();
let loading: Promise<Loaded> | null = null;
let loaded: Loaded | null = null;
let stopping = false;

function send(event: WorkerEvent): void {
  // The callback swallows what cannot be sent any more: a parent that is gone is noticed by "disconnect".
  if (process.connected) process.send?.(event, () => undefined);
}

/** The parent keeps the end of this process's standard error for its log; prompts are not in it. */
function reportBug(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}

async function load(plan: LoadPlan): Promise<Loaded> {
  const nowMs = () => performance.now();
  const cache = openCache(plan, nowMs);
  const api = openLlama(plan.libraryFolder);
  let lastPercent = -1;
  const model = await loadLlamaModel(api, plan.modelFile, (percent) => {
    if (percent > lastPercent) send({ type: "load-progress", percent: (lastPercent = percent) });
  });
  const engine = await startEngine({
    api,
    model,
    plan,
    threads: plan.threads,
    threadPool: createThreadPool(api, plan.threads),
    abort,
    queueLimit,
    cache,
    idleContextMs,
    send,
    reportBug,
    nowMs,
    load: createMachineLoad(nowMs),
  });
  api.silenceLog();
  await Promise.race([cache?.ready, delay(savedStatesLimitMs, undefined, { ref: false })]);
  const { trainedContextTokens } = model;
  send({ type: "loaded", contextTokens: engine.contextTokens, trainedContextTokens, cpuVariant: api.cpuVariant });
  return { engine, model };
}

/** Its thread's entry lies beside this one in the bundle, and one folder further in the sources. */
function openCache({ prefixCache }: LoadPlan, nowMs: () => number): PrefixCache | null {
  if (prefixCache === undefined) return null;
  const place = import.meta.url.endsWith(".ts") ? "../cache/state-thread.ts" : "./state-thread.js";
  return createPrefixCache(prefixCache, new URL(place, import.meta.url), nowMs);
}

function onLoad(protocol: number, plan: LoadPlan): void {
  if (loading !== null) return;
  if (protocol !== workerProtocolVersion) {
    return fail(`the engine speaks version ${workerProtocolVersion} of its protocol, not ${protocol}`);
  }
  loading = load(plan);
  loading.then(
    (result) => (loaded = result),
    (error: unknown) => {
      loading = null;
      fail(problemOf(error));
    },
  );
}

/** The parent puts the problem into a sentence of its own. */
function problemOf(error: unknown): string {
  if (error instanceof AppError && typeof error.details["problem"] === "string") return error.details["problem"];
  return error instanceof Error ? error.message : String(error);
}

function fail(problem: string): void {
  send({ type: "load-failed", problem });
}

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  setTimeout(() => process.kill(process.pid, "SIGKILL"), stopLimitMs).unref();
  abort.raise();
  if (loading !== null && loaded === null) {
    // The load runs in native code, which an orderly exit waits for without end.
    process.kill(process.pid, "SIGKILL");
  }
  await loaded?.engine.stop();
  loaded?.model.free();
  if (process.connected) process.disconnect();
  process.exit(0);
}

/** Runs what needs the model; errors become the request's own. */
function withModel(requestId: string, use: (model: LlamaModel) => WorkerEvent): void {
  try {
    if (loaded === null) throw new AppError("engine_stopping");
    send(use(loaded.model));
  } catch (error) {
    if (!(error instanceof AppError)) reportBug(error);
    const { code, details } = error instanceof AppError ? error : new AppError("internal_error");
    send({ type: "failed", requestId, code, details });
  }
}

function onCommand(command: WorkerCommand): void {
  switch (command.type) {
    case "load":
      return onLoad(command.protocol, command.plan);
    case "generate":
      if (loaded !== null) return loaded.engine.generate(command);
      return withModel(command.requestId, () => {
        throw new AppError("engine_stopping");
      });
    case "cancel":
      return loaded?.engine.cancel(command.requestId);
    case "tokenize": {
      const { requestId, prompt, addBegin } = command;
      const describe = (model: LlamaModel) => (id: number) => ({ id, bytes: model.namedPiece(id) });
      return withModel(requestId, (model) => {
        const tokens = Array.from(model.tokenize(prompt, { addBegin }), describe(model));
        return { type: "tokens", requestId, tokens };
      });
    }
    case "detokenize": {
      const { requestId, tokens } = command;
      return withModel(requestId, (model) => ({ type: "detokenized", requestId, text: model.detokenize(tokens) }));
    }
    case "lend-cores":
      return loaded?.engine.lendCores(command.cores);
    case "forget":
      return void forget(command.id, command.tag);
    case "ping":
      return send({ type: "pong", id: command.id, stats: loaded?.engine.stats() ?? noStats() });
    case "shutdown":
      return void stop();
  }
}

async function forget(id: number, tag: string): Promise<void> {
  await loaded?.engine.forget(tag);
  send({ type: "forgotten", id });
}

function noStats() {
  return {
    runningSequences: 0,
    waitingRequests: 0,
    steps: 0,
    promptTokens: 0,
    cachedTokens: 0,
    generatedTokens: 0,
    meanStepMs: 0,
    residentBytes: process.memoryUsage.rss(),
  };
}

process.on("message", (command: WorkerCommand) => onCommand(command));
// Without its parent nobody answers for the data folder any more: another server, a restore or a deletion may be at work in
// it, so nothing is saved.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
// Ctrl-C and a service manager's stop reach the whole process group; the parent decides when its engines stop.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);
