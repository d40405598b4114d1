// The loop with the real library and the starter model, in this process: no child, no IPC.
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Engine, type EngineSettings, startEngine } from "./engine-loop.ts";
import { createMachineLoad } from "./machine-load.ts";
import { aContextPlan, askStarter, openStarter, type Starter, starterFile } from "./open-starter.ts";
import type { ContextPlan, GenerateCommand, WorkerEvent } from "./worker-protocol.ts";

let starter: Starter;
let engine: Engine | null = null;
const abort = { callback: null, data: null };
const bugs: unknown[] = [];

beforeAll(async () => {
  starter = await openStarter();
});

afterEach(async () => {
  await engine?.stop();
  engine = null;
  expect(bugs).toEqual([]);
});

type RequestEvent = Extract<WorkerEvent, { requestId: string }> | { readonly type: "text"; readonly text: string };

/** What one request was told, in order, and the promise of its end. */
interface Followed {
  readonly events: RequestEvent[];
  readonly text: () => string;
  readonly firstText: Promise<void>;
  readonly end: Promise<RequestEvent>;
  readonly next: (type: RequestEvent["type"]) => RequestEvent | undefined;
}

async function start(contexts: readonly ContextPlan[], changes: Partial<EngineSettings> = {}) {
  const listeners = new Map<string, (event: RequestEvent) => void>();
  const started = await startEngine({
    api: starter.api,
    model: starter.model,
    plan: {
      modelFile: starterFile,
      libraryFolder: "",
      threads: 1,
      contexts,
      promptChunkTokens: 16,
      targetGapMs: 250,
      userSequences: null,
    },
    threads: 1,
    abort,
    threadPool: null,
    idleContextMs: 60_000,
    queueLimit: 64,
    cache: null,
    nowMs: () => performance.now(),
    load: createMachineLoad(() => performance.now()),
    reportBug: (error) => bugs.push(error),
    send: (event) => {
      if (event.type === "step") {
        for (const { requestId, text } of event.texts) listeners.get(requestId)?.({ type: "text", text });
      } else if ("requestId" in event) listeners.get(event.requestId)?.(event);
    },
    ...changes,
  });
  engine = started;
  let count = 0;
  const ask = (question: string, options: Partial<GenerateCommand> = {}): Followed & { readonly requestId: string } => {
    const requestId = `request-${(count += 1)}`;
    const events: RequestEvent[] = [];
    const first = Promise.withResolvers<void>();
    const end = Promise.withResolvers<RequestEvent>();
    listeners.set(requestId, (event) => {
      events.push(event);
      if (event.type === "text") first.resolve();
      if (["ended", "failed", "cancelled"].includes(event.type)) end.resolve(event);
    });
    started.generate({
      type: "generate",
      requestId,
      prompt: askStarter(question),
      sampling: { temperature: 0 },
      maxOutputTokens: 8,
      stop: [],
      userId: "ana",
      lane: "interactive",
      cacheScope: "ana",
      ...options,
    });
    return {
      requestId,
      events,
      text: () => events.map((event) => (event.type === "text" ? event.text : "")).join(""),
      firstText: first.promise,
      end: end.promise,
      next: (type) => events.find((event) => event.type === type),
    };
  };
  return { engine: started, ask };
}

/** Batches of another shape round differently, so that later words may differ where two were equally likely. */
function firstWords(text: string): string {
  return text.slice(0, 8);
}

describe("prompts that begin the same and come at once", () => {
  const long = "The sea is wide and blue, and the ship is small and old. ".repeat(12);
  const cachedOf = ({ next }: Followed) => {
    const started = next("started");
    return started?.type === "started" ? started.cachedTokens : -1;
  };

  test("are computed once: the others wait for the beginning and go on from there", async () => {
    const { ask } = await start([aContextPlan()]);
    const answers = ["What is wide?", "What is small?", "What is old?"].map((question) => ask(long + question));
    await Promise.all(answers.map(({ end }) => end));
    const [first, ...others] = answers.map(cachedOf);
    expect(first).toBe(0);
    for (const cached of others) expect(cached).toBeGreaterThan(120);
    for (const answer of answers) expect(answer.text()).not.toBe("");
  });

  test("each get their answer where the one that computes is cancelled, and where one that waits is", async () => {
    const { engine: running, ask } = await start([aContextPlan()]);
    const [first, waiting, other] = ["Who?", "What?", "Where?"].map((question) => ask(long + question));
    running.cancel(first!.requestId);
    running.cancel(waiting!.requestId);
    expect((await first!.end).type).toBe("cancelled");
    expect((await waiting!.end).type).toBe("cancelled");
    expect((await other!.end).type).toBe("ended");
    expect(running.stats()).toMatchObject({ runningSequences: 0, waitingRequests: 0 });
  });

  test("are each computed for people who share nothing", async () => {
    const { ask } = await start([aContextPlan()]);
    const answers = ["ana", "ben"].map((person) => ask(long, { userId: person, cacheScope: person }));
    await Promise.all(answers.map(({ end }) => end));
    expect(answers.map(cachedOf)).toEqual([0, 0]);
  });
});

describe("an answer", () => {
  test("begins the same alone, beside others, and with a reused start", async () => {
    const { ask } = await start([aContextPlan()]);
    const alone = ask("Name a colour.", { cacheScope: "one" });
    await alone.end;
    const together = ["Name a colour.", "What is a sea?", "Count to five."].map((question, index) =>
      ask(question, { cacheScope: `other-${index}` }),
    );
    await Promise.all(together.map(({ end }) => end));
    const again = ask("Name a colour.", { cacheScope: "one" });
    await again.end;
    expect(alone.text().length).toBeGreaterThan(3);
    expect(firstWords(together[0]?.text() ?? "")).toBe(firstWords(alone.text()));
    expect(firstWords(again.text())).toBe(firstWords(alone.text()));
  });

  test("ends with usage: tokens of the prompt, of its reused part and of the answer", async () => {
    const { ask } = await start([aContextPlan()]);
    const answer = ask("What is the sea?", { maxOutputTokens: 5 });
    const promptTokens = starter.model.tokenize(askStarter("What is the sea?")).length;
    expect(await answer.end).toEqual({
      type: "ended",
      requestId: answer.requestId,
      finishReason: "length",
      usage: { promptTokens, cachedTokens: 0, completionTokens: 5 },
      // Its first token came with the end of its prompt.
      alone: { tokens: 4, ms: expect.any(Number) as number },
    });
    expect(answer.events[0]).toMatchObject({ type: "started", promptTokens, cachedTokens: 0 });
  });

  test("ends at a stop string, which is never shown", async () => {
    const { ask } = await start([aContextPlan()]);
    const free = ask("Count from one to ten.", { maxOutputTokens: 30 });
    await free.end;
    const stop = free.text().slice(10, 14);
    const stopped = ask("Count from one to ten.", { maxOutputTokens: 30, stop: [stop] });
    expect(await stopped.end).toMatchObject({ type: "ended", finishReason: "stop" });
    expect(stopped.text()).toBe(free.text().slice(0, free.text().indexOf(stop)));
  });

  test("ends by itself when the model says so", async () => {
    const { ask } = await start([aContextPlan()]);
    const system = "You are a helpful AI assistant named SmolLM, trained by Hugging Face";
    const prompt = [
      { kind: "control", text: `<|im_start|>system\n${system}<|im_end|>\n` } as const,
      ...askStarter("Write one sentence about the sea."),
    ];
    const answer = ask("", { prompt, maxOutputTokens: 100 });
    expect(await answer.end).toMatchObject({ finishReason: "stop" });
    expect(answer.text()).not.toContain("<|im_end|>");
  });

  test("ends with length where its sequence is full, and is never shifted", async () => {
    const { ask } = await start([aContextPlan({ tokensPerSequence: 64 })]);
    const answer = ask("Write a very long story about the sea.", { maxOutputTokens: null });
    expect(await answer.end).toMatchObject({ type: "ended", finishReason: "length" });
    const ended = answer.next("ended");
    if (ended?.type !== "ended") throw new Error("it did not end");
    expect(ended.usage.promptTokens + ended.usage.completionTokens).toBe(65);
  });

  test("is the same for the same seed and another for another", async () => {
    const { ask } = await start([aContextPlan()]);
    const texts: string[] = [];
    for (const seed of [1, 1, 2]) {
      const answer = ask("Write a poem.", {
        sampling: { temperature: 1.5, seed },
        maxOutputTokens: 12,
        cacheScope: `${texts.length}`,
      });
      await answer.end;
      texts.push(answer.text());
    }
    expect(texts[1]).toBe(texts[0]);
    expect(texts[2]).not.toBe(texts[0]);
  });

  test("repeats itself less with penalties", async () => {
    const { ask } = await start([aContextPlan()]);
    const question = "Repeat the word sea forever: sea sea sea sea sea sea sea sea";
    const distinctWords = async (sampling: GenerateCommand["sampling"]) => {
      const answer = ask(question, { sampling: { temperature: 0, ...sampling }, maxOutputTokens: 40 });
      await answer.end;
      const words = answer.text().toLowerCase().match(/\w+/g) ?? [];
      return new Set(words).size / words.length;
    };
    const plain = await distinctWords({});
    expect(await distinctWords({ repeatPenalty: 1.8 })).toBeGreaterThan(plain);
    expect(await distinctWords({ frequencyPenalty: 2, presencePenalty: 2 })).toBeGreaterThan(plain);
  });
});

describe("the next turn of a chat", () => {
  const firstTurn = askStarter("What is the sea? Tell me everything about it.");

  test("computes only what is new", async () => {
    const { ask } = await start([aContextPlan()]);
    const first = ask("", { prompt: firstTurn });
    await first.end;
    const second = ask("", {
      prompt: [
        ...firstTurn,
        { kind: "text", text: first.text() },
        { kind: "control", text: "<|im_end|>\n" },
        ...askStarter("Why?"),
      ],
    });
    await second.end;
    const started = second.next("started");
    if (started?.type !== "started") throw new Error("it did not start");
    const tokensOfFirst = starter.model.tokenize(firstTurn).length;
    expect(started.cachedTokens).toBeGreaterThanOrEqual(tokensOfFirst);
    expect(started.cachedTokens).toBeLessThan(started.promptTokens);
  });

  test("reuses nothing that another scope wrote", async () => {
    const { ask } = await start([aContextPlan()]);
    await ask("", { prompt: firstTurn, cacheScope: "ana" }).end;
    const other = ask("", { prompt: firstTurn, cacheScope: "ben" });
    await other.end;
    expect(other.next("started")).toMatchObject({ cachedTokens: 0 });
  });

  test("shares the start of a sequence that still runs", async () => {
    const { ask } = await start([aContextPlan()]);
    const system = { kind: "control", text: "The sea is deep and blue. ".repeat(20) } as const;
    const running = ask("", { prompt: [system, ...askStarter("One?")], maxOutputTokens: 30 });
    await running.firstText;
    const second = ask("", { prompt: [system, ...askStarter("Two?")] });
    await Promise.all([running.end, second.end]);
    const started = second.next("started");
    if (started?.type !== "started") throw new Error("it did not start");
    expect(started.cachedTokens).toBeGreaterThan(100);
    const fresh = ask("", { prompt: [system, ...askStarter("Two?")], cacheScope: "nobody else" });
    await fresh.end;
    expect(firstWords(second.text())).toBe(firstWords(fresh.text()));
  });
});

describe("refusals", () => {
  test("a prompt longer than any context, with both numbers", async () => {
    const { ask } = await start([aContextPlan({ tokensPerSequence: 256 })]);
    const prompt = [{ kind: "text", text: "sea ".repeat(600) }] as const;
    const promptTokens = starter.model.tokenize(prompt).length;
    expect(await ask("", { prompt }).end).toMatchObject({
      type: "failed",
      code: "context_length_exceeded",
      details: { promptTokens, contextTokens: 256 },
    });
  });

  test("an empty prompt and impossible sampling", async () => {
    const { ask } = await start([aContextPlan()]);
    expect(await ask("", { prompt: [] }).end).toMatchObject({ code: "invalid_request" });
    expect(await ask("x", { sampling: { topP: 7 } }).end).toMatchObject({ code: "invalid_request" });
  });

  test("past the queue's limit, with the seconds after which to come back", async () => {
    const { ask } = await start([aContextPlan({ sequences: 1 })], { queueLimit: 1 });
    const running = ask("Write a long story.", { maxOutputTokens: 40 });
    await running.firstText;
    const waiting = ask("And me?");
    const refused = ask("And me, too?");
    expect(await refused.end).toMatchObject({ code: "queue_full", details: { seconds: expect.any(Number) } });
    expect(await waiting.end).toMatchObject({ type: "ended" });
    expect(waiting.events[0]).toMatchObject({ type: "queue-position", position: 1 });
  });
});

describe("a cancel", () => {
  test("frees a running sequence within one step, and the others go on", async () => {
    const { engine: running, ask } = await start([aContextPlan({ sequences: 2 })]);
    const cancelled = ask("Write a long story.", { maxOutputTokens: 400 });
    const other = ask("Write another.", { maxOutputTokens: 20, cacheScope: "other" });
    await cancelled.firstText;
    const before = running.stats().steps;
    running.cancel(cancelled.requestId);
    expect(await cancelled.end).toMatchObject({ type: "cancelled" });
    expect(running.stats().steps - before).toBeLessThanOrEqual(1);
    expect(running.stats().runningSequences).toBe(1);
    expect(await other.end).toMatchObject({ type: "ended" });
  });

  test("takes a waiting request out of the queue at once", async () => {
    const { engine: running, ask } = await start([aContextPlan({ sequences: 1 })]);
    const first = ask("Write a long story.", { maxOutputTokens: 30 });
    await first.firstText;
    const waiting = ask("And me?");
    running.cancel(waiting.requestId);
    expect(await waiting.end).toMatchObject({ type: "cancelled" });
    expect(running.stats().waitingRequests).toBe(0);
    await first.end;
  });

  test("of something unknown does nothing", async () => {
    const { engine: running, ask } = await start([aContextPlan()]);
    running.cancel("nobody");
    expect(await ask("Hi.").end).toMatchObject({ type: "ended" });
  });
});

describe("contexts", () => {
  const wide = aContextPlan({ sequences: 4, tokensPerSequence: 256 });
  const long = aContextPlan({ name: "long", sequences: 1, tokensPerSequence: 1024, residency: "on-demand" });
  const longPrompt = [{ kind: "text", text: "The sea. ".repeat(90) }] as const;

  test("a long request gets its own context while short ones run in the wide one", async () => {
    const { ask } = await start([wide, long]);
    const short = [1, 2, 3].map((index) => ask("Tell me a story.", { maxOutputTokens: 8, cacheScope: `${index}` }));
    const other = ask("", { prompt: longPrompt });
    for (const { end } of [...short, other]) expect(await end).toMatchObject({ type: "ended" });
  });

  test("an on-demand context is dropped while idle and made again", async () => {
    const { ask } = await start([wide, long], { idleContextMs: 1 });
    expect(await ask("", { prompt: longPrompt, maxOutputTokens: 2 }).end).toMatchObject({ type: "ended" });
    // Two short answers take longer than the millisecond after which it goes.
    await ask("Hello.").end;
    const again = ask("", { prompt: longPrompt, maxOutputTokens: 2 });
    expect(await again.end).toMatchObject({ type: "ended" });
    expect(again.next("started")).toMatchObject({ cachedTokens: 0 });
  });

  test("a context that does not fit in memory refuses its requests, and the rest goes on", async () => {
    const impossible = { ...long, tokensPerSequence: 2 ** 22 };
    const { ask } = await start([wide, impossible]);
    expect(await ask("", { prompt: longPrompt }).end).toMatchObject({ type: "failed", code: "model_load_failed" });
    expect(await ask("Hello.").end).toMatchObject({ type: "ended" });
  });
});

describe("many at once", () => {
  test("twelve users over four sequences are all answered, and wait in order", async () => {
    const { engine: running, ask } = await start([aContextPlan()]);
    const asked = Array.from({ length: 12 }, (_, index) =>
      ask(`Tell me about the number ${index}.`, { userId: `user-${index}`, cacheScope: `${index}` }),
    );
    for (const { end } of asked) expect(await end).toMatchObject({ type: "ended" });
    expect(asked[11]?.events[0]).toMatchObject({ type: "queue-position", position: 8 });
    expect(running.stats()).toMatchObject({ runningSequences: 0, waitingRequests: 0, generatedTokens: 12 * 8 });
  });
});

describe("somebody who comes while one person has all sequences", () => {
  /** The starter's two tokens that end an answer come last, so that all are equally long. */
  const logitBias = { "0": -100, "2": -100 };
  const ofAna = { userId: "ana", maxOutputTokens: 60, logitBias };
  const questions = ["Count to ten.", "Name five colours.", "What is a sea?", "Tell me a story."];

  test("is answered at once; the answer that made room goes on from where it was", async () => {
    const { ask, engine: running } = await start([aContextPlan()]);
    const alone = [];
    for (const [index, question] of questions.entries()) {
      const asked = ask(question, { ...ofAna, cacheScope: `alone-${index}` });
      await asked.end;
      alone.push(asked);
    }
    const four = questions.map((question, index) => ask(question, { ...ofAna, cacheScope: `four-${index}` }));
    await Promise.all(four.map(({ firstText }) => firstText));
    const other = ask("And me?", { userId: "ben", maxOutputTokens: 4 });
    expect(await other.end).toMatchObject({ type: "ended" });
    expect(four.filter(({ events }) => events.at(-1)?.type === "ended")).toEqual([]);
    for (const [index, { end, text, events }] of four.entries()) {
      expect(await end).toMatchObject({ type: "ended", usage: { completionTokens: 60 } });
      expect(events.filter(({ type }) => type === "started" || type === "queue-position")).toHaveLength(1);
      // Nothing twice and nothing left out; later words may differ where two were equally likely.
      expect(text().length).toBeGreaterThan(40);
      expect(firstWords(text())).toBe(firstWords(alone[index]?.text() ?? ""));
    }
    expect(running.stats()).toMatchObject({ runningSequences: 0, waitingRequests: 0 });
  });

  test("a paused answer can be cancelled, and a stop in the meantime leaves nothing behind", async () => {
    const { ask, engine: running } = await start([aContextPlan({ sequences: 2 })]);
    const two = [1, 2].map((index) =>
      ask("Tell me a story.", { userId: "ana", maxOutputTokens: 300, cacheScope: `${index}` }),
    );
    await Promise.all(two.map(({ firstText }) => firstText));
    const other = ask("And me?", { userId: "ben", maxOutputTokens: 300 });
    await other.firstText;
    expect(running.stats()).toMatchObject({ runningSequences: 2, waitingRequests: 1 });
    for (const { requestId } of two) running.cancel(requestId);
    for (const { end } of two) expect(await end).toMatchObject({ type: "cancelled" });
    expect(running.stats()).toMatchObject({ runningSequences: 1, waitingRequests: 0 });
    const third = ask("Tell me a story.", { userId: "ben", maxOutputTokens: 300 });
    await third.firstText;
    const last = ask("And me, too?", { userId: "cem", maxOutputTokens: 300 });
    await last.firstText;
    expect(running.stats()).toMatchObject({ waitingRequests: 1 });
  });
});
