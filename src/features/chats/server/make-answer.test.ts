import { afterEach, describe, expect, test, vi } from "vitest";
import { createEventFeed, createFakeModel, sayWords } from "../../../../tests/support/fake-model.ts";
import { openChats } from "../../../../tests/support/open-chats.ts";
import {
  aMessage,
  answerOf,
  begin,
  end,
  nobodyLeaves,
  seen,
  textOf,
  word,
} from "../../../../tests/support/scripted-answers.ts";
import type { Database } from "../../../platform/database/command.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ServerSentEvent } from "../../../platform/http/stream-events.ts";
import type { RunEvent } from "../contract.ts";
import { answerStart } from "./answer-text.ts";
import { leaseMs } from "./run-log.ts";
import { settleRun } from "./run-store.ts";

interface Disk {
  isFull: boolean;
  readonly database: Database;
}

/** The database on a disk that is full when the test says so. */
function onDisk(database: Database): Disk {
  const disk: Disk = {
    isFull: false,
    database: {
      close: () => database.close(),
      run: (command, args) =>
        disk.isFull && command.mode === "write"
          ? Promise.reject(new AppError("disk_full"))
          : database.run(command, args),
    },
  };
  return disk;
}

describe("the making of an answer", () => {
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
    const follow = async (after: number) => runs.follow(ana, runId, { text: after, reasoning: 0 }, nobodyLeaves);
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

  test("a slow reader gets what it has missed in one piece", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    const slow = (await runs.follow(ana, turn.answer.run!.id, answerStart, nobodyLeaves))[Symbol.asyncIterator]();
    Array.from({ length: 1000 }, (_, index) => word(`${index} `)).forEach(feed.push);
    feed.push(end);
    await vi.waitFor(() => expect(runs.activeCount()).toBe(0));
    const { value } = (await slow.next()) as IteratorYieldResult<ServerSentEvent<RunEvent>>;
    expect(value.data).toMatchObject({ type: "text-delta", text: expect.stringMatching(/^0 1 .* 999 $/) as string });
    expect((await slow.next()).value).toMatchObject({ data: { type: "run-end" } });
  });

  test("a wait says what it is for", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    const events = (await runs.follow(ana, turn.answer.run!.id, answerStart, nobodyLeaves))[Symbol.asyncIterator]();
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
      Array.fromAsync(await runs.follow(ana, turn.answer.run!.id, answerStart, nobodyLeaves)),
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

  test("a disk that stays full is told to the reader, and the whole answer is kept as soon as there is space", async () => {
    const disk = onDisk(await aDatabase());
    const { chats, runs, aPerson, model, finished } = openChats(disk.database);
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    [begin, word("kept ")].forEach(feed.push);
    await seen(chats, ana, turn, "kept ");
    disk.isFull = true;
    [word("in "), word("memory"), end].forEach(feed.push);
    const events = await finished(ana, turn);
    expect(textOf(events)).toBe("kept in memory");
    expect(events.at(-1)).toMatchObject({ run: { status: "failed", failure: { code: "disk_full" } } });
    // Nobody else may end it meanwhile with the half that is on disk.
    disk.isFull = false;
    await runs.interruptAbandoned({ alone: false });
    await vi.waitFor(async () => expect((await answerOf(chats, ana, turn)).run?.status).toBe("done"), 10_000);
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "kept in memory", run: { status: "done" } });
    const next = await chats.start(ana, aMessage());
    [begin, end].forEach(feed.push);
    await finished(ana, next);
  });

  test("an end that can never be written hinders no other run and is left to its lease", async () => {
    const database = await aDatabase();
    let refusal: Error | null = null;
    let broken = "none";
    const faulty: Database = {
      close: () => database.close(),
      run: (command, args) => {
        const isBroken = command.name === settleRun.name && (args as { runId: string }).runId === broken;
        const error = isBroken ? new Error("a bug") : command.mode === "write" ? refusal : null;
        return error ? Promise.reject(error) : database.run(command, args);
      },
    };
    const { chats, aPerson, model, finished, passTime, runs } = openChats(faulty);
    const ben = await aPerson();
    const feeds = [createEventFeed(), createEventFeed()];
    model.answer = () => feeds[model.requests.length - 1]!;
    const turns = [await chats.start(ben, aMessage()), await chats.start(ben, aMessage())];
    await vi.waitUntil(() => model.requests.length === 2);
    broken = turns[0]!.answer.run!.id;
    refusal = new AppError("disk_full");
    feeds.forEach((feed) => [begin, word("kept"), end].forEach(feed.push));
    await Promise.all(turns.map((turn) => finished(ben, turn)));
    refusal = null;
    await vi.waitFor(async () => expect((await answerOf(chats, ben, turns[1]!)).run?.status).toBe("done"), 10_000);
    broken = "none";
    passTime(leaseMs + 1000);
    await vi.waitUntil(async () => (await runs.interruptAbandoned({ alone: false })) === 1, 10_000);
    expect((await answerOf(chats, ben, turns[0]!)).run?.status).toBe("interrupted");
  });

  test("a shutdown with a full disk ends, and keeps what had been flushed", async () => {
    const disk = onDisk(await aDatabase());
    const { chats, runs, aPerson, model, anotherProcess } = openChats(disk.database);
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    [begin, word("kept ")].forEach(feed.push);
    await seen(chats, ana, turn, "kept ");
    disk.isFull = true;
    await runs.stopAll();
    disk.isFull = false;
    await anotherProcess().runs.interruptAbandoned({ alone: true });
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "kept ", run: { status: "interrupted" } });
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

  test("an answer that broke off before its first word is made anew by going on", async () => {
    const { chats, aPerson, model, finished } = openChats(await aDatabase());
    const ana = await aPerson();
    model.answer = async function* () {
      yield begin;
      yield word("\n ");
      throw new AppError("engine_crashed");
    };
    const turn = await chats.start(ana, aMessage("A?"));
    await finished(ana, turn);
    model.answer = () => sayWords("Yes.");
    await finished(ana, await chats.continueRun(ana, turn.answer.run!.id));
    expect(model.requests.at(-1)?.messages).toEqual([{ role: "user", content: "A?" }]);
    expect(model.requests.at(-1)).not.toHaveProperty("continueLastMessage");
    expect((await answerOf(chats, ana, turn)).text).toBe("\n Yes.");
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

  test("readers that come and go leave nothing behind, and one that comes too late gets nothing", async () => {
    const { chats, runs, aPerson, model } = openChats(await aDatabase());
    const ana = await aPerson();
    model.answer = () => createEventFeed();
    const runId = (await chats.start(ana, aMessage())).answer.run!.id;
    for (let count = 0; count < 100; count++) {
      const gone = new AbortController();
      const reader = (await runs.follow(ana, runId, answerStart, gone.signal))[Symbol.asyncIterator]();
      const wait = reader.next();
      gone.abort();
      expect(await wait).toMatchObject({ done: true });
    }
    expect(await Array.fromAsync(await runs.follow(ana, runId, answerStart, AbortSignal.abort()))).toEqual([]);
    expect(runs.followerCount()).toBe(0);
    await runs.stop(ana, runId);
  });
});
