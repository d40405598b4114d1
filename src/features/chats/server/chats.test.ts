import { describe, expect, test } from "vitest";
import { describeEachDialect } from "../../../../tests/support/each-dialect.ts";
import { createEventFeed, createFakeModel, sayWords } from "../../../../tests/support/fake-model.ts";
import { openChats } from "../../../../tests/support/open-chats.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { newId } from "../../../platform/new-id.ts";
import { answerStart } from "./answer-text.ts";
import { keptDeletedMs } from "./chats.ts";

const aMessage = (text = "Hello there. How are you?") => ({ chatId: newId(), messageId: newId(), text });

describeEachDialect("chats", (open) => {
  test("a first message makes a chat with a title, a question and an answer that is being written", async () => {
    const { chats, finished, aPerson } = openChats(await open());
    const ana = await aPerson();
    const message = aMessage();
    const turn = await chats.start(ana, message);
    expect(turn.chat).toMatchObject({ id: message.chatId, title: "Hello there", modelId: null });
    expect(turn.question).toMatchObject({
      id: message.messageId,
      role: "user",
      text: message.text,
      parentId: null,
      run: null,
    });
    expect(turn.answer).toMatchObject({ parentId: message.messageId, role: "assistant", text: "" });
    expect(turn.answer.run).toMatchObject({ status: "queued", modelId: "fake", modelName: "Fake 1B", madeBy: "here" });
    await finished(ana, turn);
    const { items, nextCursor } = await chats.readMessages(ana, message.chatId, {});
    expect(items.map(({ text }) => text)).toEqual([message.text, "Hello from the model."]);
    expect(items[1]?.run).toMatchObject({
      status: "done",
      finishReason: "stop",
      promptTokens: 10,
      completionTokens: 4,
    });
    expect(nextCursor).toBeNull();
  });

  test("a repeated call with the same ids changes nothing and answers the same", async () => {
    const { chats, finished, aPerson, model } = openChats(await open());
    const ana = await aPerson();
    const message = aMessage();
    const first = await chats.start(ana, message);
    const again = await chats.start(ana, message);
    expect([again.question?.id, again.answer.id]).toEqual([first.question?.id, first.answer.id]);
    await finished(ana, first);
    const next = { ...aMessage("And then?"), chatId: message.chatId, parentId: first.answer.id };
    const sent = await chats.send(ana, next);
    await finished(ana, sent);
    expect((await chats.send(ana, next)).answer).toMatchObject({ id: sent.answer.id, text: "Hello from the model." });
    expect(model.requests).toHaveLength(2);
    expect((await chats.readMessages(ana, message.chatId, {})).items).toHaveLength(4);
  });

  test("a repeated retry or continue with the same id makes nothing twice, also when the first one is over", async () => {
    const { chats, runs, finished, anAnsweredChat, aPerson, model } = openChats(await open());
    const ana = await aPerson();
    const { chat, answer } = await anAnsweredChat(ana);
    const answerId = newId();
    model.answer = () => createEventFeed();
    const retry = () => chats.retry(ana, chat.id, answer.id, { answerId });
    const retried = await retry();
    expect(retried.answer).toMatchObject({ id: answerId, siblingIds: [answer.id, answerId] });
    expect((await retry()).answer.run?.id).toBe(retried.answer.run?.id);
    await runs.stop(ana, retried.answer.run!.id);
    expect((await retry()).answer).toMatchObject({ siblingIds: [answer.id, answerId], run: { status: "stopped" } });

    model.answer = () => sayWords("The rest.");
    const nextRunId = newId();
    const goOn = () => chats.continueRun(ana, retried.answer.run!.id, nextRunId);
    const continued = await goOn();
    expect(continued.answer).toMatchObject({ id: answerId, run: { id: nextRunId } });
    await finished(ana, continued);
    expect((await goOn()).answer).toMatchObject({ text: "The rest.", run: { id: nextRunId, status: "done" } });
    expect(model.requests).toHaveLength(3);
  });

  test("the id of a retry or continue that was used for something else is refused", async () => {
    const { chats, anAnsweredChat, aPerson } = openChats(await open());
    const ana = await aPerson();
    const [one, other] = [await anAnsweredChat(ana), await anAnsweredChat(ana)];
    const refused = { code: "invalid_request" };
    for (const taken of [other.answer.id, one.question!.id]) {
      const retry = chats.retry(ana, one.chat.id, one.answer.id, { answerId: taken });
      await expect(retry).rejects.toMatchObject(refused);
    }
    for (const taken of [one, other]) {
      const goOn = chats.continueRun(ana, one.answer.run!.id, taken.answer.run!.id);
      await expect(goOn).rejects.toMatchObject(refused);
    }
  });

  test("an id that was used for something else is refused", async () => {
    const { chats, anAnsweredChat, aPerson } = openChats(await open());
    const [ana, ben] = [await aPerson(), await aPerson()];
    const turn = await anAnsweredChat(ana);
    const ids = { chatId: turn.chat.id, messageId: turn.question!.id };
    await expect(chats.start(ana, { ...ids, text: "Other" })).rejects.toMatchObject({ code: "invalid_request" });
    await expect(chats.start(ana, { ...aMessage(), chatId: ids.chatId })).rejects.toMatchObject({
      code: "invalid_request",
    });
    await expect(chats.start(ben, { ...ids, text: "What is a graph?" })).rejects.toMatchObject({
      code: "chat_not_found",
    });
    await expect(chats.start(ben, { ...aMessage(), chatId: ids.chatId })).rejects.toMatchObject({
      code: "chat_not_found",
    });
  });

  test("nobody else reaches a chat, an admin of the same organisation neither", async () => {
    const { chats, runs, anAnsweredChat, aPerson } = openChats(await open());
    const ana = await aPerson();
    const turn = await anAnsweredChat(ana);
    const { id } = turn.chat;
    const runId = turn.answer.run!.id;
    for (const other of [await aPerson("admin"), await aPerson(), { ...ana, organisationId: newId() }]) {
      const refusals = [
        chats.read(other, id),
        chats.change(other, id, { title: "Mine" }),
        chats.remove(other, id),
        chats.restore(other, id),
        chats.readMessages(other, id, {}),
        chats.chooseBranch(other, id, turn.answer.id),
        chats.send(other, { ...aMessage(), chatId: id, parentId: turn.answer.id }),
        chats.retry(other, id, turn.answer.id),
        chats.continueRun(other, runId),
        runs.stop(other, runId),
        runs.follow(other, runId, answerStart, new AbortController().signal),
      ];
      for (const refusal of refusals) {
        await expect(refusal).rejects.toMatchObject({ status: 404 });
      }
      expect((await chats.list(other, {})).items).toEqual([]);
    }
    expect((await chats.list(ana, {})).items).toHaveLength(1);
  });

  test("chats are listed the latest first, page by page", async () => {
    const { chats, finished, anAnsweredChat, aPerson } = openChats(await open());
    const ana = await aPerson();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++) {
      ids.push((await anAnsweredChat(ana, `Chat ${count}`)).chat.id);
    }
    const [, second] = (await chats.readMessages(ana, ids[1]!, {})).items;
    await finished(ana, await chats.send(ana, { ...aMessage(), chatId: ids[1]!, parentId: second!.id }));
    const seen: string[] = [];
    for (let cursor: string | undefined | null; cursor !== null;) {
      const page = await chats.list(ana, { cursor, limit: 2 });
      expect(page.items.length).toBeLessThanOrEqual(2);
      seen.push(...page.items.map((chat) => chat.id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual([ids[1], ids[4], ids[3], ids[2], ids[0]]);
    await expect(chats.list(ana, { cursor: "1; DROP TABLE chats" })).rejects.toMatchObject({ code: "invalid_request" });
  });

  test("a title written by a person stays, one made from the message follows the message", async () => {
    const { chats, finished, anAnsweredChat, aPerson } = openChats(await open());
    const ana = await aPerson();
    const { chat } = await anAnsweredChat(ana);
    const restart = (text: string) => chats.send(ana, { ...aMessage(text), chatId: chat.id, parentId: null });
    const restarted = await restart("What is a tree?");
    expect(restarted.chat.title).toBe("What is a tree?");
    await finished(ana, restarted);
    expect(await chats.change(ana, chat.id, { title: "Maths" })).toMatchObject({ title: "Maths" });
    const again = await restart("What is a forest?");
    expect(again.chat.title).toBe("Maths");
    expect(again.question?.siblingIds).toHaveLength(3);
    await finished(ana, again);
  });

  test("a retry is a branch beside the first answer, and choosing goes back and forth without a loss", async () => {
    const { chats, finished, anAnsweredChat, aPerson, model } = openChats(await open());
    const ana = await aPerson();
    const first = await anAnsweredChat(ana);
    const { id } = first.chat;
    const follow = await chats.send(ana, { ...aMessage("More"), chatId: id, parentId: first.answer.id });
    await finished(ana, follow);
    model.answer = () => sayWords("Another answer.");
    const retried = await chats.retry(ana, id, first.answer.id);
    await finished(ana, retried);
    expect(retried.question).toBeNull();
    expect(retried.answer.siblingIds).toEqual([first.answer.id, retried.answer.id]);
    const texts = async () => (await chats.readMessages(ana, id, {})).items.map(({ text }) => text);
    expect(await texts()).toEqual(["What is a graph?", "Another answer."]);
    await chats.chooseBranch(ana, id, first.answer.id);
    expect(await texts()).toEqual(["What is a graph?", "Hello from the model.", "More", "Hello from the model."]);
    await chats.chooseBranch(ana, id, first.question!.id);
    expect(await texts()).toEqual(["What is a graph?", "Another answer."]);
    await expect(chats.chooseBranch(ana, id, newId())).rejects.toMatchObject({ code: "message_not_found" });
  });

  test("a deleted chat is gone at once, comes back on undo and goes for good after 30 days", async () => {
    const { chats, anAnsweredChat, aPerson, passTime, forgotten } = openChats(await open());
    const ana = await aPerson();
    const kept = await anAnsweredChat(ana);
    const turn = await anAnsweredChat(ana);
    const { id } = turn.chat;
    await chats.remove(ana, id);
    expect(forgotten).toEqual([{ kind: "conversation", id }]);
    await expect(chats.read(ana, id)).rejects.toMatchObject({ code: "chat_not_found" });
    await expect(chats.continueRun(ana, turn.answer.run!.id)).rejects.toMatchObject({ code: "run_not_found" });
    expect((await chats.list(ana, {})).items.map((chat) => chat.id)).toEqual([kept.chat.id]);
    expect(await chats.restore(ana, id)).toMatchObject({ id });
    expect(await chats.restore(ana, id)).toMatchObject({ id });
    expect((await chats.readMessages(ana, id, {})).items).toHaveLength(2);
    await chats.remove(ana, id);
    passTime(keptDeletedMs - 10_000);
    expect(await chats.purgeDeleted()).toBe(0);
    passTime(20_000);
    expect(await chats.purgeDeleted()).toBe(1);
    await expect(chats.restore(ana, id)).rejects.toMatchObject({ code: "chat_not_found" });
    expect((await chats.readMessages(ana, kept.chat.id, {})).items).toHaveLength(2);
  });

  test("a message hangs below an answer of the same chat only, and says something", async () => {
    const { chats, anAnsweredChat, aPerson } = openChats(await open());
    const ana = await aPerson();
    const [one, two] = [await anAnsweredChat(ana), await anAnsweredChat(ana)];
    const send = (parentId: string, text = "Next") =>
      chats.send(ana, { ...aMessage(text), chatId: one.chat.id, parentId });
    await expect(send(two.answer.id)).rejects.toMatchObject({ code: "message_not_found" });
    await expect(send(one.question!.id)).rejects.toMatchObject({ code: "invalid_request" });
    await expect(send(one.answer.id, " \n ")).rejects.toMatchObject({ code: "invalid_request" });
    await expect(chats.readMessages(ana, one.chat.id, { cursor: two.answer.id })).rejects.toMatchObject({
      code: "message_not_found",
    });
  });

  test("the chosen model answers; one that is not here is refused and nothing is written", async () => {
    const { chats, finished, anAnsweredChat, aPerson } = openChats(await open());
    const ana = await aPerson();
    await expect(chats.start(ana, { ...aMessage(), modelId: "other" })).rejects.toMatchObject({
      code: "model_not_found",
    });
    expect((await chats.list(ana, {})).items).toEqual([]);
    const { chat, answer } = await anAnsweredChat(ana);
    await expect(chats.change(ana, chat.id, { modelId: "other" })).rejects.toMatchObject({ code: "model_not_found" });
    expect(await chats.change(ana, chat.id, { modelId: "fake" })).toMatchObject({ modelId: "fake" });
    expect(await chats.change(ana, chat.id, { modelId: null })).toMatchObject({ modelId: null, title: chat.title });
    const sent = await chats.send(ana, { ...aMessage(), chatId: chat.id, parentId: answer.id, modelId: "fake" });
    expect(sent.chat.modelId).toBe("fake");
    await finished(ana, sent);
  });

  test("text that a database could not keep is made whole before it is stored", async () => {
    const { chats, finished, aPerson, model } = openChats(await open());
    const ana = await aPerson();
    model.answer = () => sayWords("nul\0 and half\uD83D done");
    const turn = await chats.start(ana, aMessage("a\0b\uD83Dc 👩‍👩‍👧 দ্য"));
    await finished(ana, turn);
    const texts = (await chats.readMessages(ana, turn.chat.id, {})).items.map(({ text }) => text);
    expect(texts).toEqual(["a\uFFFDb\uFFFDc 👩‍👩‍👧 দ্য", "nul\uFFFD and half\uFFFD done"]);
  });
});

describe("chats without a model", () => {
  test("a send says so and writes nothing", async () => {
    const database = openInlineDatabase(":memory:");
    await database.run(migrate, { now: 1 });
    const { chats, aPerson } = openChats(database, { ...createFakeModel(), listModels: () => Promise.resolve([]) });
    const ana = await aPerson();
    await expect(chats.start(ana, aMessage())).rejects.toMatchObject({ code: "no_model" });
    expect((await chats.list(ana, {})).items).toEqual([]);
    await database.close();
  });
});
