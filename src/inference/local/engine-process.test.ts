import { EventEmitter, once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, describe, expect, test } from "vitest";
import { AppError } from "../../platform/errors.ts";
import { type EngineProcess, type EngineProcessLimits, startEngineProcess } from "./engine-process.ts";
import type { EngineCallEvent } from "./engine-process-requests.ts";
import type { GenerateCommand } from "./worker-protocol.ts";

const workerEntry = join(import.meta.dirname, "engine-process.fake-worker.ts");
const engines: EngineProcess[] = [];

afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
});

function anEngine(limits: Partial<EngineProcessLimits> = {}, modelFile = "some.gguf"): EngineProcess {
  const plan = {
    modelFile,
    libraryFolder: "",
    threads: 1,
    contexts: [],
    promptChunkTokens: 64,
    targetGapMs: 250,
    userSequences: null,
  };
  const logger = pino({ level: "silent" });
  const engine = startEngineProcess({ modelId: "some", workerEntry, plan, logger, limits });
  engines.push(engine);
  return engine;
}

let nextId = 0;

function aCommand(text: string): GenerateCommand {
  nextId += 1;
  return {
    type: "generate",
    requestId: `request-${nextId}`,
    prompt: [{ kind: "text", text }],
    sampling: {},
    maxOutputTokens: null,
    stop: [],
    userId: "ana",
    lane: "interactive",
    cacheScope: "ana",
  };
}

/** A call whose events can be waited for by type. */
function aCall(engine: EngineProcess, text: string) {
  const seen: EngineCallEvent[] = [];
  const emitter = new EventEmitter();
  const command = aCommand(text);
  engine.generate(command, (event) => {
    seen.push(event);
    emitter.emit(event.type, event);
  });
  const until = async (type: EngineCallEvent["type"]) => {
    if (!seen.some((event) => event.type === type)) await once(emitter, type);
    return seen.find((event) => event.type === type);
  };
  const words = () => seen.map((event) => (event.type === "text" ? event.text : "")).join("");
  return { command, seen, until, words };
}

function codeOf(event: EngineCallEvent | undefined): string {
  return event?.type === "failed" && event.error instanceof AppError ? event.error.code : "no AppError";
}

describe("a working engine", () => {
  test("an answer streams and ends with its usage", async () => {
    const call = aCall(anEngine(), "one two three");
    expect(await call.until("ended")).toMatchObject({ finishReason: "stop", usage: { completionTokens: 3 } });
    expect(call.words()).toBe("one two three");
  });

  test("tells whom it answers and who waits, and nothing of what they ask", async () => {
    const engine = anEngine({ beatMs: 20 });
    await aCall(engine, "hold secret words").until("text");
    await aCall(engine, "wait, secretly").until("queue-position");
    const of = { userId: "ana", lane: "interactive" };
    expect(engine.calls()).toMatchObject([
      { ...of, started: { promptTokens: 1, cachedTokens: 0, answerTokens: 1 }, queue: null },
      { ...of, started: null, queue: { position: 1, estimatedMs: null } },
    ]);
    expect(JSON.stringify(engine.calls())).not.toContain("secret");
    await expect.poll(() => engine.stats()).toMatchObject({ runningSequences: 1, waitingRequests: 1 });
    await expect.poll(() => engine.tokensPerSecond()).toBe(0);
  });

  test("is what Linux ends first where memory runs out", async () => {
    const engine = anEngine();
    await aCall(engine, "one").until("ended");
    const score = () => readFileSync(`/proc/${engine.pid()}/oom_score_adj`, "utf8").trim();
    // Nowhere else is there such a score.
    await expect.poll(() => (process.platform === "linux" ? score() : "500")).toBe("500");
  });

  test("a call made while the model loads hears the percent and is answered afterwards", async () => {
    const call = aCall(anEngine(), "hello");
    await call.until("ended");
    const percents = call.seen.flatMap((event) => (event.type === "loading" ? [event.percent] : []));
    expect(percents).toEqual([0, 40]);
  });

  test("it is busy while calls run and ready when the last one was cancelled", async () => {
    const engine = anEngine();
    const [one, two] = [aCall(engine, "hold"), aCall(engine, "wait")];
    await Promise.all([one.until("text"), two.until("queue-position")]);
    expect(engine.state()).toEqual({ status: "busy", running: 1, waiting: 1 });
    engine.cancel(one.command.requestId);
    engine.cancel(two.command.requestId);
    expect(engine.state()).toEqual({ status: "ready" });
  });

  test("a refusal by the worker arrives as the error it names", async () => {
    const failed = await aCall(anEngine(), "too long").until("failed");
    expect(codeOf(failed)).toBe("context_length_exceeded");
  });
});

describe("a crash", () => {
  test("four running streams end with a retryable error and the engine is back within 3 s", async () => {
    const engine = anEngine();
    const calls = [1, 2, 3, 4].map((n) => aCall(engine, `hold ${n}`));
    await Promise.all(calls.map((call) => call.until("text")));
    const killedAt = Date.now();
    process.kill(engine.pid() ?? 0, "SIGKILL");
    for (const call of calls) {
      const failed = await call.until("failed");
      expect(codeOf(failed)).toBe("engine_crashed");
    }
    await engine.whenReady();
    expect(Date.now() - killedAt).toBeLessThan(3000);
    const after = aCall(engine, "back again");
    await after.until("ended");
    expect(after.words()).toBe("back again");
  });

  test("a call that had not started goes on after the restart", async () => {
    const engine = anEngine();
    const call = aCall(engine, "wait");
    await call.until("queue-position");
    process.kill(engine.pid() ?? 0, "SIGKILL");
    const queued = () => call.seen.filter((event) => event.type === "queue-position").length;
    await expect.poll(queued, { interval: 5 }).toBe(2);
    expect(call.seen.some((event) => event.type === "failed")).toBe(false);
  });

  test("a call that waited through two crashes is given up", async () => {
    const engine = anEngine({ restartDelaysMs: [0] });
    const call = aCall(engine, "wait");
    await call.until("queue-position");
    process.kill(engine.pid() ?? 0, "SIGKILL");
    const queued = () => call.seen.filter((event) => event.type === "queue-position").length;
    await expect.poll(queued, { interval: 5 }).toBe(2);
    process.kill(engine.pid() ?? 0, "SIGKILL");
    expect(codeOf(await call.until("failed"))).toBe("engine_crashed");
  });

  test("a prompt that was in flight at two native faults is refused, and others are not", async () => {
    const engine = anEngine({ restartDelaysMs: [0] });
    await aCall(engine, "crash please").until("failed");
    await aCall(engine, "crash please").until("failed");
    expect(() => aCall(engine, "crash please")).toThrow(expect.objectContaining({ code: "request_quarantined" }));
    await aCall(engine, "fine").until("ended");
  });

  test("being killed from outside puts no prompt under suspicion", async () => {
    const engine = anEngine({ restartDelaysMs: [0] });
    for (const _ of [1, 2, 3]) {
      const call = aCall(engine, "hold");
      await call.until("text");
      process.kill(engine.pid() ?? 0, "SIGKILL");
      await call.until("failed");
    }
    const call = aCall(engine, "hold");
    expect(await call.until("text")).toMatchObject({ text: "holding" });
  });

  test("restarts in a row wait longer each time", async () => {
    const engine = anEngine({ restartDelaysMs: [0, 60_000] });
    await aCall(engine, "crash one").until("failed");
    await engine.whenReady();
    await aCall(engine, "crash two").until("failed");
    const state = engine.state();
    expect(state.status === "crashed" && state.retryInMs).toBeGreaterThan(50_000);
  });
});

describe("after a restart", () => {
  test("an engine that has answered since its last crash is restarted at once again", async () => {
    const engine = anEngine({ restartDelaysMs: [0, 60_000] });
    for (const round of [1, 2, 3]) {
      await aCall(engine, `crash ${round}`).until("failed");
      expect(await aCall(engine, "fine").until("ended")).toMatchObject({ finishReason: "stop" });
    }
  });
});

describe("a hang", () => {
  test("an engine that stops answering is killed, its call fails and it comes back", async () => {
    const engine = anEngine({ beatMs: 50, silenceMs: 1500, restartDelaysMs: [0] });
    await engine.whenReady();
    const call = aCall(engine, "hang");
    expect(codeOf(await call.until("failed"))).toBe("engine_crashed");
    await engine.whenReady();
    await aCall(engine, "alive").until("ended");
  });

  test("an engine that answers pings but ends no step is killed", async () => {
    const engine = anEngine({ beatMs: 20, stepMs: 200, restartDelaysMs: [0] });
    await engine.whenReady();
    expect(codeOf(await aCall(engine, "hold").until("failed"))).toBe("engine_crashed");
  });

  test("a load that makes no progress is given up after three tries", async () => {
    const engine = anEngine({ beatMs: 20, loadSilenceMs: 400, restartDelaysMs: [0] }, "load-hangs.gguf");
    await expect(engine.whenReady()).rejects.toMatchObject({ code: "model_load_failed" });
  });
});

describe("a model that cannot be loaded", () => {
  test("a refusal says why and is not tried again", async () => {
    const engine = anEngine({}, "load-fails.gguf");
    await expect(engine.whenReady()).rejects.toMatchObject({
      code: "model_load_failed",
      details: { problem: "the tensors do not add up" },
    });
    expect(engine.state().status).toBe("failed");
    expect(() => aCall(engine, "hello")).toThrow(AppError);
  });

  test("a file that crashes the loader each time is given up, and waiting calls are told", async () => {
    const engine = anEngine({ restartDelaysMs: [0] }, "load-crashes.gguf");
    const call = aCall(engine, "hello");
    expect(codeOf(await call.until("failed"))).toBe("model_load_failed");
    expect(engine.state().status).toBe("failed");
  });
});

describe("stopping", () => {
  test("calls end with engine_stopping and the child is gone", async () => {
    const engine = anEngine();
    const call = aCall(engine, "hold");
    await call.until("text");
    const pid = engine.pid() ?? 0;
    await engine.stop();
    expect(codeOf(call.seen.at(-1))).toBe("engine_stopping");
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  test("a child that does not listen is killed", async () => {
    const engine = anEngine({ stopMs: 50 });
    await engine.whenReady();
    const call = aCall(engine, "hang");
    await call.until("started");
    await engine.stop();
    expect(engine.pid()).toBe(null);
  });
});

describe("a question about tokens", () => {
  const tokenize = (engine: EngineProcess, requestId: string, text: string) =>
    engine.ask({ type: "tokenize", requestId, prompt: [{ kind: "text", text }], addBegin: false });

  test("is answered while others are, also one that was asked before the model was there", async () => {
    const engine = anEngine();
    const early = tokenize(engine, "early", "one");
    const call = aCall(engine, "hold");
    expect(await early).toMatchObject({ type: "tokens", tokens: [{ id: 0 }] });
    await call.until("text");
    expect(await engine.ask({ type: "detokenize", requestId: "back", tokens: [1, 2] })).toMatchObject({ text: "1 2" });
  });

  test("ends with a crash and with a stop, and the next one is answered", async () => {
    const engine = anEngine({ restartDelaysMs: [0] });
    await expect(tokenize(engine, "bad", "crash")).rejects.toMatchObject({ code: "engine_crashed" });
    expect(await tokenize(engine, "good", "one")).toMatchObject({ type: "tokens" });
    await engine.stop();
    await expect(tokenize(engine, "late", "one")).rejects.toMatchObject({ code: "engine_stopping" });
  });
});
