import { expect, test, vi } from "vitest";
import { describeEachDialect } from "../../../../tests/support/each-dialect.ts";
import { createEventFeed, sayWords } from "../../../../tests/support/fake-model.ts";
import { openChats } from "../../../../tests/support/open-chats.ts";
import {
  aMessage,
  answerOf,
  begin,
  end,
  nobodyLeaves,
  seen,
  textOf,
  thought,
  word,
} from "../../../../tests/support/scripted-answers.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import { answerStart } from "./answer-text.ts";
import { leaseMs } from "./run-log.ts";
import { appendRunEvents, renewLeases } from "./run-store.ts";

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
      const texts = [{ runId, fence, seq: 1, said: { text: "not mine", reasoning: "", reasoningMs: 0 } }];
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

  test("what a model thinks is kept apart from its answer, followed, timed and counted", async () => {
    const { chats, runs, aPerson, model, passTime, finished } = openChats(await open());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage());
    const runId = turn.answer.run!.id;
    const reader = (await runs.follow(ana, runId, answerStart, nobodyLeaves))[Symbol.asyncIterator]();
    [begin, thought("Two and ")].forEach(feed.push);
    expect(await reader.next()).toMatchObject({ value: { id: "0-8", data: { type: "reasoning-delta" } } });
    passTime(12_000);
    feed.push(thought("two."));
    expect(await reader.next()).toMatchObject({ value: { id: "0-12", data: { text: "two." } } });
    feed.push(word("Four."));
    expect(await reader.next()).toMatchObject({ value: { id: "5-12", data: { type: "text-delta", text: "Four." } } });
    await seen(chats, ana, turn, "Four.");
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "Four.", reasoning: "Two and two." });

    feed.push({
      type: "call-end",
      finishReason: "stop",
      usage: { promptTokens: 7, cachedTokens: 2, completionTokens: 3, reasoningTokens: 2 },
    });
    const events = await finished(ana, turn);
    expect(textOf(events)).toBe("Four.");
    expect(events.at(-1)).toMatchObject({ run: { completionTokens: 3, reasoningTokens: 2 } });
    const kept = await answerOf(chats, ana, turn);
    expect(kept).toMatchObject({ text: "Four.", reasoning: "Two and two.", run: { reasoningTokens: 2 } });
    expect(Math.round(kept.reasoningMs / 1000)).toBe(12);
    const rest = await runs.follow(ana, runId, { text: 2, reasoning: 8 }, nobodyLeaves);
    expect((await Array.fromAsync(rest)).map(({ data }) => ("text" in data ? data.text : data.type))).toEqual([
      "two.",
      "ur.",
      "run-end",
    ]);
  });

  test("an answer that broke off while it was thought goes on in its thinking", async () => {
    const { chats, aPerson, model, anotherProcess, finished } = openChats(await open());
    const ana = await aPerson();
    const feed = createEventFeed();
    model.answer = () => feed;
    const turn = await chats.start(ana, aMessage("Count."));
    [begin, thought("One, ")].forEach(feed.push);
    await vi.waitFor(async () => expect((await answerOf(chats, ana, turn)).reasoning).toBe("One, "));
    await anotherProcess().runs.interruptAbandoned({ alone: true });
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "", reasoning: "One, " });

    model.answer = async function* () {
      yield* [begin, thought("two."), word("2"), end];
    };
    await finished(ana, await chats.continueRun(ana, turn.answer.run!.id));
    expect(await answerOf(chats, ana, turn)).toMatchObject({ text: "2", reasoning: "One, two." });
    expect(model.requests.at(-1)).toMatchObject({
      continueLastMessage: true,
      messages: [{ content: "Count." }, { role: "assistant", content: "", reasoning: "One, " }],
    });
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
