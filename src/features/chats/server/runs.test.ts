import { afterEach, describe, expect, test, vi } from "vitest";
import { describeEachDialect } from "../../../../tests/support/each-dialect.ts";
import { createEventFeed, createFakeModel, sayWords } from "../../../../tests/support/fake-model.ts";
import { openChats } from "../../../../tests/support/open-chats.ts";
import type { ModelEvent } from "../../../inference/model-call.ts";
import type { Database } from "../../../platform/database/command.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ServerSentEvent } from "../../../platform/http/stream-events.ts";
import { newId } from "../../../platform/new-id.ts";
import type { Message, RunEvent, Turn } from "../contract.ts";
import type { Scope } from "./chat-store.ts";
import type { Chats } from "./chats.ts";
import { leaseMs } from "./run-log.ts";
import { appendRunEvents, renewLeases, settleRun } from "./run-store.ts";

const aMessage = (text = "Tell me a story.") => ({ chatId: newId(), messageId: newId(), text });
const word = (text: string): ModelEvent => ({ type: "text-delta", text, tokens: 1 });
const begin: ModelEvent = { type: "call-start", promptTokens: 7, cachedTokens: 2 };
const end: ModelEvent = {
  type: "call-end",
  finishReason: "stop",
  usage: { promptTokens: 7, cachedTokens: 2, completionTokens: 5 },
};
const nobodyLeaves = new AbortController().signal;

async function answerOf(chats: Chats, scope: Scope, turn: Turn): Promise<Message> {
  return (await chats.readMessages(scope, turn.chat.id, {})).items.at(-1)!;
}

/** Waits until the answer, as a newcomer sees it, is this text. */
async function seen(chats: Chats, scope: Scope, turn: Turn, text: string): Promise<void> {
  await vi.waitFor(async () => expect((await answerOf(chats, scope, turn)).text).toBe(text), { interval: 5 });
}

const textOf = (events: RunEvent[]): string =>
  events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");

describeEachDialect("runs", (open) => {
  test("what is being written is seen by newcomers and kept when the process dies", async () => {
    const { chats, aPerson, model, anotherProcess } = openChats(await open());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    [begin, word("Once "), word("upon ")].forEach(feed.push);
    await seen(chats, ana, turn, "Once upon ");
    [word("a "), word("time")].forEach(feed.push);
    await seen(chats, ana, turn, "Once upon a time");
    expect((await answerOf(chats, ana, turn)).run).toMatchObject({ status: "running", endedAt: null });

    const later = anotherProcess();
    expect(await later.runs.interruptAbandoned({ alone: true })).toBe(1);
    const kept = await answerOf(later.chats, ana, turn);
    expect(kept).toMatchObject({ text: "Once upon a time", run: { status: "interrupted" } });
    expect(kept.run?.endedAt).not.toBeNull();
    expect(await later.runs.interruptAbandoned({ alone: true })).toBe(0);
  });

  test("an interrupted answer is continued behind what had arrived, also when that breaks off again", async () => {
    const { chats, runs, aPerson, model, anotherProcess, finished } = openChats(await open());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage("Count."));
    [begin, word("one ")].forEach(feed.push);
    await seen(chats, ana, turn, "one ");
    await anotherProcess().runs.interruptAbandoned({ alone: true });

    const second = createEventFeed();
    model.answer = () => second;
    const continued = await chats.continueRun(ana, turn.answer.run!.id);
    expect(continued).toMatchObject({
      question: null,
      answer: { id: turn.answer.id, text: "one ", run: { status: "queued" } },
    });
    [begin, word("two ")].forEach(second.push);
    await seen(chats, ana, turn, "one two ");
    await runs.stop(ana, continued.answer.run!.id);
    await expect(chats.continueRun(ana, turn.answer.run!.id)).rejects.toMatchObject({ code: "run_not_continuable" });

    model.answer = () => sayWords("three");
    const third = await chats.continueRun(ana, continued.answer.run!.id);
    const events = await finished(ana, third);
    expect(textOf(events)).toBe("one two three");
    expect(await answerOf(chats, ana, turn)).toMatchObject({
      text: "one two three",
      run: { id: third.answer.run!.id, status: "done" },
    });
    expect(model.requests.at(-1)).toMatchObject({
      continueLastMessage: true,
      messages: [
        { role: "user", content: "Count." },
        { role: "assistant", content: "one two " },
      ],
    });
    await expect(chats.continueRun(ana, third.answer.run!.id)).rejects.toMatchObject({ code: "run_not_continuable" });
  });

  test("a process that has lost a run writes nothing of it any more", async () => {
    const { chats, runs, aPerson, model, anotherProcess, passTime } = openChats(await open());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    [begin, word("first ")].forEach(feed.push);
    await seen(chats, ana, turn, "first ");
    const later = anotherProcess();
    expect(await later.runs.interruptAbandoned({ alone: false })).toBe(0);
    passTime(leaseMs + 1000);
    expect(await later.runs.interruptAbandoned({ alone: false })).toBe(1);
    [word("second "), end].forEach(feed.push);
    await vi.waitFor(() => expect(runs.activeCount()).toBe(0));
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "first ", run: { status: "interrupted" } });
  });

  test("only the process and the fence that a run belongs to write it", async () => {
    const { chats, runs, aPerson, model, database } = openChats(await open());
    const ana = await aPerson();
    model.answer = () => createEventFeed();
    const turn = await chats.start(ana, aMessage());
    const runId = turn.answer.run!.id;
    const node = runs.lease().ownerNode;
    const strangers = [
      { node: newId(), fence: 1 },
      { node, fence: 2 },
    ];
    for (const { node: stranger, fence } of strangers) {
      const names = [{ runId, fence }];
      const texts = [{ runId, fence, seq: 1, text: "not mine" }];
      expect(await database.run(appendRunEvents, { node: stranger, now: 1, texts })).toEqual([runId]);
      expect(await database.run(renewLeases, { node: stranger, leaseUntil: 9e12, runs: names })).toEqual([runId]);
    }
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "", run: { status: "queued" } });
    await runs.stop(ana, runId);
  });

  test("a run keeps its lease while it waits, however long", async () => {
    const { chats, runs, aPerson, model, anotherProcess, passTime, finished } = openChats(await open());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    const later = anotherProcess();
    for (let count = 0; count < 3; count++) {
      passTime(leaseMs - 1000);
      [word("x")].forEach(feed.push);
      await seen(chats, ana, turn, "x".repeat(count + 1));
      // The text's flush and the lease's are one after the other.
      await vi.waitFor(async () => expect(await later.runs.interruptAbandoned({ alone: false })).toBe(0));
    }
    feed.push(end);
    expect(textOf(await finished(ana, turn))).toBe("xxx");
    expect(runs.activeCount()).toBe(0);
  });

  test("a failure is shown with its code, sentence and numbers, and keeps the text", async () => {
    const { chats, aPerson, model, finished } = openChats(await open());
    const ana = await aPerson();
    model.answer = async function* () {
      yield begin;
      yield word("Half ");
      throw new AppError("context_length_exceeded", { promptTokens: 3000, contextTokens: 2048 });
    };
    const turn = await chats.start(ana, aMessage());
    const last = (await finished(ana, turn)).at(-1);
    const failure = {
      code: "context_length_exceeded",
      message: expect.stringMatching(/3000 tokens.*2048/) as string,
      details: { promptTokens: 3000, contextTokens: 2048 },
    };
    expect(last).toMatchObject({ type: "run-end", run: { status: "failed", failure } });
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "Half ", run: { status: "failed", failure } });
  });

  test("one answer at a time in a chat", async () => {
    const { chats, runs, aPerson, model, anAnsweredChat } = openChats(await open());
    const ana = await aPerson();
    const { chat, answer } = await anAnsweredChat(ana);
    model.answer = () => createEventFeed();
    const turn = await chats.retry(ana, chat.id, answer.id);
    const next = { ...aMessage(), chatId: chat.id, parentId: answer.id };
    await expect(chats.send(ana, next)).rejects.toMatchObject({ code: "run_active" });
    await expect(chats.retry(ana, chat.id, answer.id)).rejects.toMatchObject({ code: "run_active" });
    await expect(chats.continueRun(ana, turn.answer.run!.id)).rejects.toMatchObject({ code: "run_active" });
    expect((await chats.readMessages(ana, chat.id, {})).items.at(-1)?.id).toBe(turn.answer.id);
    await runs.stop(ana, turn.answer.run!.id);
    model.answer = () => sayWords("Now.");
    await expect(chats.send(ana, next)).resolves.toMatchObject({ question: { id: next.messageId } });
    await vi.waitFor(() => expect(runs.activeCount()).toBe(0));
  });
});

describe("a run in one process", () => {
  const databases: Database[] = [];
  afterEach(async () => {
    await Promise.all(databases.splice(0).map((database) => database.close()));
  });
  async function aDatabase(): Promise<Database> {
    const database = openInlineDatabase(":memory:");
    databases.push(database);
    await database.run(migrate, { now: 1 });
    return database;
  }

  test("every reader gets the whole text once, whenever it comes and wherever it goes on", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    const runId = turn.answer.run!.id;
    const follow = async (after: number) => runs.follow(ana, runId, after, nobodyLeaves);
    const early = (await follow(0))[Symbol.asyncIterator]();
    [begin, word("Once "), word("upon ")].forEach(feed.push);
    const read: ServerSentEvent<RunEvent>[] = [];
    while (read.map(({ data }) => data).reduce((text, data) => text + textOf([data]), "") !== "Once upon ") {
      read.push((await early.next()).value as ServerSentEvent<RunEvent>);
    }
    expect(read.at(-1)?.id).toBe("Once upon ".length);
    await early.return?.();
    const [resumed, late] = [Array.fromAsync(await follow(10)), Array.fromAsync(await follow(0))];
    [word("a "), word("time"), end].forEach(feed.push);
    expect(textOf((await resumed).map(({ data }) => data))).toBe("a time");
    expect(textOf((await late).map(({ data }) => data))).toBe("Once upon a time");
    const after = await Array.fromAsync(await follow(12));
    expect(after).toMatchObject([
      { id: 16, data: { type: "text-delta", text: "time" } },
      { data: { type: "run-end", run: { status: "done", completionTokens: 5 } } },
    ]);
    expect(await Array.fromAsync(await follow(999))).toMatchObject([{ data: { type: "run-end" } }]);
    expect(runs.followerCount()).toBe(0);
  });

  test("a wait says what it is for", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    const events = (await runs.follow(ana, turn.answer.run!.id, 0, nobodyLeaves))[Symbol.asyncIterator]();
    const next = async (): Promise<unknown> => (await events.next()).value;
    feed.push({ type: "model-loading", percent: 40 });
    expect(await next()).toEqual({ data: { type: "model-loading", percent: 40 } });
    feed.push({ type: "model-loading", percent: 40 });
    feed.push({ type: "queue-position", position: 2, estimatedMs: 8000 });
    expect(await next()).toEqual({ data: { type: "queue-position", position: 2, estimatedMs: 8000 } });
    [begin, word("Hi"), end].forEach(feed.push);
    expect(await next()).toEqual({ id: 2, data: { type: "text-delta", text: "Hi" } });
    expect(await next()).toMatchObject({ data: { type: "run-end" } });
    expect(await events.next()).toMatchObject({ done: true });
  });

  test("Stop ends the call within 100 ms, even when the model does not listen, and keeps the text", async () => {
    const fake = createFakeModel();
    const feed = createEventFeed();
    let signal: AbortSignal | undefined;
    const deaf = { ...fake, call: (request: { signal: AbortSignal }) => ((signal = request.signal), feed) };
    const { chats, runs, aPerson } = openChats(await aDatabase(), deaf);
    const ana = await aPerson();
    const turn = await chats.start(ana, aMessage());
    [begin, word("Some "), word("words ")].forEach(feed.push);
    await seen(chats, ana, turn, "Some words ");
    const started = performance.now();
    const run = await runs.stop(ana, turn.answer.run!.id);
    expect(performance.now() - started).toBeLessThan(100);
    expect(signal?.aborted).toBe(true);
    expect(run).toMatchObject({
      status: "stopped",
      failure: null,
      finishReason: null,
      promptTokens: 7,
      completionTokens: 2,
    });
    expect(await runs.stop(ana, run.id)).toEqual(run);
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "Some words ", run });
    expect(runs.activeCount()).toBe(0);
  });

  test("deleting a chat stops its answer", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    model.answer = () => createEventFeed();
    const turn = await chats.start(ana, aMessage());
    await chats.remove(ana, turn.chat.id);
    expect(runs.activeCount()).toBe(0);
    await chats.restore(ana, turn.chat.id);
    expect((await answerOf(chats, ana, turn)).run?.status).toBe("stopped");
  });

  test("the server's end interrupts all answers with their text on disk and takes no new ones", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    const feeds = Array.from({ length: 5 }, createEventFeed);
    let next = 0;
    model.answer = () => feeds[next++]!;
    const turns = await Promise.all(feeds.map(() => chats.start(ana, aMessage())));
    const followers = turns.map(async (turn) =>
      Array.fromAsync(await runs.follow(ana, turn.answer.run!.id, 0, nobodyLeaves)),
    );
    feeds.forEach((feed) => [begin, word("kept")].forEach(feed.push));
    await Promise.all(turns.map((turn) => seen(chats, ana, turn, "kept")));
    await runs.stopAll();
    for (const [index, turn] of turns.entries()) {
      expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "kept", run: { status: "interrupted" } });
      expect((await followers[index]!).at(-1)?.data).toMatchObject({ type: "run-end", run: { status: "interrupted" } });
    }
    await expect(chats.start(ana, aMessage())).rejects.toMatchObject({ code: "engine_stopping" });
    expect([runs.activeCount(), runs.followerCount()]).toEqual([0, 0]);
  });

  test("a disk that is full for a moment costs nothing; the end is told when it is kept", async () => {
    const database = await aDatabase();
    let refusals = 2;
    const faulty: Database = {
      close: () => database.close(),
      run: (command, args) => {
        const refused = command.name === settleRun.name && refusals-- > 0;
        return refused ? Promise.reject(new AppError("disk_full")) : database.run(command, args);
      },
    };
    const { chats, aPerson, finished } = openChats(faulty);
    const ana = await aPerson();
    const turn = await chats.start(ana, aMessage());
    expect((await finished(ana, turn)).at(-1)).toMatchObject({ type: "run-end", run: { status: "done" } });
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "Hello from the model.", run: { status: "done" } });
  });

  test("a model that ends without an end, or with a bug, is a failure and not silence", async () => {
    const { chats, aPerson, model, finished } = openChats(await aDatabase());
    const ana = await aPerson();
    const faults = [
      async function* () {
        yield begin;
      },
      async function* () {
        yield begin;
        throw new TypeError("a bug");
      },
    ];
    for (const fault of faults) {
      model.answer = fault;
      const last = (await finished(ana, await chats.start(ana, aMessage()))).at(-1);
      expect(last).toMatchObject({ type: "run-end", run: { status: "failed", failure: { code: "internal_error" } } });
    }
  });

  test("the model is told the branch alone, answers without text left out", async () => {
    const { chats, aPerson, model, finished, anAnsweredChat } = openChats(await aDatabase());
    const ana = await aPerson();
    const first = await anAnsweredChat(ana, "A?");
    const send = async (text: string, parentId: string) => {
      const turn = await chats.send(ana, { ...aMessage(text), chatId: first.chat.id, parentId });
      await finished(ana, turn);
      return turn;
    };
    await send("not on the branch", first.answer.id);
    model.answer = async function* () {
      yield begin;
      throw new AppError("engine_crashed");
    };
    const failed = await send("B?", first.answer.id);
    model.answer = () => sayWords("Yes.");
    await send("C?", failed.answer.id);
    const request = model.requests.at(-1);
    expect(request?.messages).toEqual([
      { role: "user", content: "A?" },
      { role: "assistant", content: "Hello from the model." },
      { role: "user", content: "B?\n\nC?" },
    ]);
    expect(request).toMatchObject({ lane: "interactive", userId: ana.userId, cacheScope: `user:${ana.userId}` });
    expect(request).not.toHaveProperty("continueLastMessage");
  });

  test("10,000 readers that come and go leave nothing behind", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    const runId = turn.answer.run!.id;
    const waits: Promise<IteratorResult<unknown>>[] = [];
    for (let count = 0; count < 10_000; count++) {
      const gone = new AbortController();
      const reader = (await runs.follow(ana, runId, 0, gone.signal))[Symbol.asyncIterator]();
      waits.push(reader.next());
      if (count % 2 === 0) {
        gone.abort();
      } else {
        await reader.return?.();
      }
    }
    expect((await Promise.all(waits)).every(({ done }) => done)).toBe(true);
    expect(runs.followerCount()).toBe(0);
    const tooLate = await runs.follow(ana, runId, 0, AbortSignal.abort());
    expect(await Array.fromAsync(tooLate)).toEqual([]);
    await runs.stop(ana, runId);
  }, 60_000);
});
