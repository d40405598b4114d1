import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aModelFile, buildModelFile, text, withValues } from "../../../tests/support/build-model-file.ts";
import { AppError } from "../../platform/errors.ts";
import type { ModelCallRequest, ModelDescription, ModelEvent } from "../model-call.ts";
import { createLocalEngine } from "./local-engine.ts";
import type { MeasuredAnswer } from "./measure-answer.ts";
import { defaultEngineSettings, type LocalEngine, type LocalEngineOptions } from "./local-engine-options.ts";

const workerEntry = join(import.meta.dirname, "engine-process.fake-worker.ts");
let folder: string;
const engines: LocalEngine[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "shobar-local-engine-"));
});
afterEach(async () => {
  await Promise.all(engines.splice(0).map((engine) => engine.stop()));
  await rm(folder, { recursive: true });
});

async function anEngine(
  files: Record<string, Uint8Array> = { "tiny.gguf": buildModelFile(aModelFile()) },
  changes: Partial<LocalEngineOptions> = {},
) {
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(folder, name), bytes);
  const engine = createLocalEngine({
    places: async () => [{ kind: "folder", path: folder, placeId: null }],
    starterFolder: null,
    dataFolder: folder,
    workerEntry,
    findLibraryFolder: () => folder,
    settings: { ...defaultEngineSettings, threads: 1 },
    logger: pino({ level: "silent" }),
    ...changes,
  });
  engines.push(engine);
  return engine;
}

function aRequest(words: string, changes: Partial<ModelCallRequest> = {}): ModelCallRequest {
  const signal = new AbortController().signal;
  const messages = [{ role: "user", content: words } as const];
  return { model: "tiny", messages, lane: "interactive", userId: "ana", cacheScope: "ana", signal, ...changes };
}

const textOf = (events: readonly ModelEvent[]) =>
  events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
const statusOf = async (engine: LocalEngine) => (await engine.listModels())[0]?.state.status;

describe("a call", () => {
  test("loads the model when it is needed, says so, and streams to its end", async () => {
    const engine = await anEngine();
    expect(await statusOf(engine)).toBe("idle");
    const events = await Array.fromAsync(engine.call(aRequest("one two three")));
    expect(events[0]).toEqual({ type: "model-loading", percent: 0 });
    expect(textOf(events)).toBe("one two three");
    expect(
      events.map((event) => event.type).filter((type) => type !== "model-loading" && type !== "text-delta"),
    ).toEqual(["call-start", "call-end"]);
    expect(events.at(-1)).toMatchObject({ finishReason: "stop", usage: { completionTokens: 3 } });
    expect(await statusOf(engine)).toBe("ready");
  });

  test("what the model thinks is apart from what it says, and counted", async () => {
    const template = "{% for m in messages %}{{ '<U>' + m.content.split('</think>')[-1] }}{% endfor %}";
    const file = buildModelFile(withValues({ "tokenizer.chat_template": text(template) }));
    const engine = await anEngine({ "tiny.gguf": file });
    const messages = [
      { role: "user", content: "Go on." },
      { role: "assistant", content: "", reasoning: "a b </think> yes no" },
    ] as const;
    const request = aRequest("", { messages, continueLastMessage: true });
    const events = await Array.fromAsync(engine.call(request));
    const thought = events.map((event) => (event.type === "reasoning-delta" ? event.text : "")).join("");
    expect([thought, textOf(events)]).toEqual(["a b", "yes no"]);
    expect(events.at(-1)).toMatchObject({ usage: { completionTokens: 5, reasoningTokens: 3 } });
  });

  test("an answer in JSON begins behind the thinking that the template opens, at its first end", async () => {
    const template =
      "{% for m in messages %}{{ '<U>' + m.content.split('</think>')[-1] }}{% endfor %}{% if add_generation_prompt %}{{ '<A><think>' }}{% endif %}";
    const file = buildModelFile(withValues({ "tokenizer.chat_template": text(template) }));
    const engine = await anEngine({ "tiny.gguf": file });
    const request = aRequest('The end is "</think>{"a":1}', { responseFormat: { type: "json-object" } });
    const events = await Array.fromAsync(engine.call(request));
    expect(textOf(events)).toBe('{"a":1}');
    const thought = events.map((event) => (event.type === "reasoning-delta" ? event.text : "")).join("");
    expect(thought).toBe('The end is "');
  });

  test("thinking that is switched off is ended in the prompt, and the answer is all said", async () => {
    const template =
      "{% for m in messages %}{{ '<U>' + m.content.split('</think>')[-1] }}{% endfor %}{% if add_generation_prompt %}{{ '<A><think>' }}{% endif %}";
    const file = buildModelFile(withValues({ "tokenizer.chat_template": text(template) }));
    const engine = await anEngine({ "tiny.gguf": file });
    const events = await Array.fromAsync(engine.call(aRequest("It is 4.", { reasoning: { effort: "none" } })));
    expect(textOf(events)).toBe("It is 4.");
    expect(events.filter(({ type }) => type === "reasoning-delta")).toEqual([]);
  });

  test("calls of tools are told apart from what is said, and of several only the first where that is asked for", async () => {
    const engine = await anEngine();
    const call = (city: string) => `<tool_call>{"name": "get_weather", "arguments": {"city": "${city}"}}</tool_call>`;
    const tools = [{ name: "get_weather", strict: false }];
    const callsOf = async (changes: Partial<ModelCallRequest>) => {
      const request = aRequest(`I look. ${call("Paris")} ${call("Rome")}`, { tools, ...changes });
      const events = await Array.fromAsync(engine.call(request));
      const calls = events.flatMap((event) => (event.type === "tool-call-delta" ? [event] : []));
      const given = (index: number) => calls.map((each) => (each.index === index ? each.arguments : "")).join("");
      expect(new Set(calls.flatMap((each) => each.call?.id ?? [])).size).toBe(
        new Set(calls.map((each) => each.index)).size,
      );
      return { text: textOf(events), given: [given(0), given(1)], end: events.at(-1) };
    };
    const both = await callsOf({});
    expect([both.text, both.given]).toEqual(["I look.", ['{"city": "Paris"}', '{"city": "Rome"}']]);
    expect(both.end).toMatchObject({ finishReason: "tool-calls" });
    expect((await callsOf({ parallelToolCalls: false })).given).toEqual(['{"city": "Paris"}', ""]);
    const none = await callsOf({ toolChoice: { mode: "none", names: null } });
    expect([none.given, none.end]).toMatchObject([["", ""], { finishReason: "stop" }]);
    const other = await callsOf({ toolChoice: { mode: "auto", names: [] } });
    expect(other.given).toEqual(["", ""]);
  });

  test("tells how fast its answer was made, with what a token of the model reads", async () => {
    const measured: MeasuredAnswer[] = [];
    const engine = await anEngine(undefined, { onMeasured: (answer) => measured.push(answer) });
    await Array.fromAsync(engine.call(aRequest("one two three four five six seven eight")));
    const [{ bytesPerToken }] = (await engine.listModels()) as [ModelDescription];
    expect(bytesPerToken).toBe((64 * 4 + 64) * 4);
    expect(measured).toEqual([{ modelId: "tiny", bytesPerToken, tokensPerSecond: 50, wordsPerToken: 1 }]);
  });

  test("a model that is not here and an empty folder are told apart", async () => {
    const engine = await anEngine();
    await expect(Array.fromAsync(engine.call(aRequest("x", { model: "other" })))).rejects.toMatchObject({
      code: "model_not_found",
    });
    await rm(join(folder, "tiny.gguf"));
    await expect(Array.fromAsync(engine.call(aRequest("x")))).rejects.toMatchObject({ code: "no_model" });
  });

  test("aborting throws the signal's reason and frees the engine", async () => {
    const engine = await anEngine();
    const stop = new AbortController();
    const events = engine.call(aRequest("hold", { signal: stop.signal }));
    const reading = (async () => {
      for await (const event of events) if (event.type === "text-delta") stop.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow("enough");
    expect(await statusOf(engine)).toBe("ready");
  });

  test("a reader that turns away frees the engine", async () => {
    const engine = await anEngine();
    for await (const event of engine.call(aRequest("hold"))) if (event.type === "text-delta") break;
    expect(await statusOf(engine)).toBe("ready");
  });

  test("text waits in one piece for a slow reader", async () => {
    const engine = await anEngine();
    const events = engine.call(aRequest("a b c d e f"))[Symbol.asyncIterator]();
    let event = await events.next();
    while (event.value?.type !== "call-start") event = await events.next();
    await Array.fromAsync(engine.call(aRequest("a later call")));
    expect((await events.next()).value).toEqual({ type: "text-delta", text: "a b c d e f", tokens: 6 });
  });

  test("a refusal by the engine is thrown as its error", async () => {
    const engine = await anEngine();
    await expect(Array.fromAsync(engine.call(aRequest("too long")))).rejects.toMatchObject({
      code: "context_length_exceeded",
    });
  });

  test("after a crash in the middle the call fails and the next one works", async () => {
    const engine = await anEngine();
    await expect(Array.fromAsync(engine.call(aRequest("crash")))).rejects.toMatchObject({
      code: "engine_crashed",
      retryable: true,
    });
    expect(textOf(await Array.fromAsync(engine.call(aRequest("again"))))).toBe("again");
  });
});

describe("models", () => {
  test("loading twice at once loads once", async () => {
    const engine = await anEngine();
    const [one, two] = await Promise.all([engine.load("tiny"), engine.load("tiny")]);
    expect(one.state).toEqual({ status: "ready" });
    expect(two.state).toEqual({ status: "ready" });
    expect(engine.loadedModels()).toHaveLength(1);
  });

  test("a model is shown as loading from the moment that it is asked for", async () => {
    const engine = await anEngine();
    const loading = engine.load("tiny");
    await expect
      .poll(async () => (await engine.listModels())[0]?.state, { interval: 1 })
      .toMatchObject({ status: "loading" });
    await loading;
    expect(await statusOf(engine)).toBe("ready");
  });

  test("the description says what is known, planned and possible", async () => {
    const engine = await anEngine();
    expect((await engine.listModels())[0]).toMatchObject({
      id: "tiny",
      name: "Tiny",
      origin: { kind: "here" },
      contextTokens: 4096,
      quantization: "F32",
      languages: ["en", "bn"],
      memory: { fits: true },
    });
  });

  test("a broken file is unavailable, and a call to it says why", async () => {
    const engine = await anEngine({ "tiny.gguf": buildModelFile(aModelFile({ magic: "PNG!" })) });
    expect((await engine.listModels())[0]?.state).toMatchObject({
      status: "unavailable",
      reason: expect.stringContaining("not a GGUF file"),
    });
    await expect(Array.fromAsync(engine.call(aRequest("x")))).rejects.toMatchObject({ code: "model_file_invalid" });
  });

  test("a broken chat template makes the model refuse to load, and leaves no process behind", async () => {
    const engine = await anEngine({
      "tiny.gguf": buildModelFile(withValues({ "tokenizer.chat_template": text("{% for %}") })),
    });
    await expect(engine.load("tiny")).rejects.toMatchObject({ code: "model_file_invalid" });
    expect(engine.loadedModels()).toEqual([]);
  });

  test("a model that is too large is refused with the numbers before anything starts", async () => {
    const engine = await anEngine(undefined, {
      settings: { ...defaultEngineSettings, threads: 1, memoryLimitBytes: 1_000_000 },
    });
    await expect(engine.load("tiny")).rejects.toMatchObject({ code: "model_too_large", details: { free: "1 MB" } });
    expect((await engine.listModels())[0]?.memory?.fits).toBe(false);
  });

  test("a model whose load fails is unavailable until it is asked for again", async () => {
    const engine = await anEngine({ "load-fails.gguf": buildModelFile(aModelFile()) });
    await expect(engine.load("load-fails")).rejects.toMatchObject({ code: "model_load_failed" });
    expect(await statusOf(engine)).toBe("unavailable");
    await expect(engine.load("load-fails")).rejects.toMatchObject({ code: "model_load_failed" });
  });

  test("models stay loaded side by side while memory allows, then an idle one makes room", async () => {
    const files = ["one", "two", "three"].map((name) => [`${name}.gguf`, buildModelFile(aModelFile())] as const);
    const readMemory = async () => ({ freeBytes: 200_000_000 - 100_000_000 * engine.loadedModels().length });
    const engine: LocalEngine = await anEngine(Object.fromEntries(files), { readMemory });
    const loaded = () => engine.loadedModels().map((model) => model.modelId);
    await engine.load("one");
    await engine.load("two");
    expect(loaded()).toEqual(["one", "two"]);
    const holding = engine.call(aRequest("hold", { model: "one" }))[Symbol.asyncIterator]();
    await holding.next();
    await engine.load("three");
    expect(loaded()).toEqual(["one", "three"]);
    await holding.return?.();
  });

  test("on a machine that cannot run models everything but the call works", async () => {
    const findLibraryFolder = () => {
      throw new AppError("engine_unavailable", { problem: "glibc is too old" });
    };
    const engine = await anEngine(undefined, { findLibraryFolder });
    expect((await engine.listModels())[0]?.state).toMatchObject({
      status: "unavailable",
      reason: expect.stringContaining("glibc"),
    });
    await expect(Array.fromAsync(engine.call(aRequest("x")))).rejects.toMatchObject({ code: "engine_unavailable" });
  });

  test("stopping ends calls and processes, and nothing starts afterwards", async () => {
    const engine = await anEngine();
    const reading = Array.fromAsync(engine.call(aRequest("hold")));
    const stopped = expect(reading).rejects.toMatchObject({ code: "engine_stopping" });
    await expect.poll(() => engine.loadedModels()[0]?.pid, { interval: 5 }).toBeTypeOf("number");
    const pid = engine.loadedModels()[0]?.pid ?? 0;
    await engine.stop();
    await stopped;
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    await expect(engine.load("tiny")).rejects.toMatchObject({ code: "engine_stopping" });
  });
});

describe("a core that is lent", () => {
  const lentOf = async (engine: LocalEngine) => textOf(await Array.fromAsync(engine.call(aRequest("lent"))));

  test("is known to a running model, to one that is started meanwhile and after a crash, until nobody has it", async () => {
    const engine = await anEngine();
    const one = engine.lendCore();
    expect(await lentOf(engine)).toBe("1");
    const another = engine.lendCore();
    expect(await lentOf(engine)).toBe("2");
    await Array.fromAsync(engine.call(aRequest("crash"))).catch(() => {});
    expect(await lentOf(engine)).toBe("2");
    another[Symbol.dispose]();
    another[Symbol.dispose]();
    expect(await lentOf(engine)).toBe("1");
    one[Symbol.dispose]();
    expect(await lentOf(engine)).toBe("0");
  });
});
