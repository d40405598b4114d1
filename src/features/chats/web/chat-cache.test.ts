import { describe, expect, test } from "vitest";
import type { Chat, Message } from "../contract.ts";
import { messagesInOrder, type Pages, withChat, withMessagePatch, withTurn } from "./chat-cache.ts";

function message(id: string, parentId: string | null, siblingIds = [id]): Message {
  return {
    id,
    chatId: "c",
    parentId,
    role: "user",
    text: id,
    reasoning: "",
    reasoningMs: 0,
    run: null,
    siblingIds,
    createdAt: 0,
  };
}

function pagesOf<Item>(...pages: Item[][]): Pages<Item> {
  return { pages: pages.map((items) => ({ items, nextCursor: null })), pageParams: pages.map(() => undefined) };
}

const chat = (id: string, updatedAt: number, title = id): Chat => ({
  id,
  title,
  modelId: null,
  createdAt: 0,
  updatedAt,
});
const ids = (pages: Pages<Message>) => messagesInOrder(pages).map((item) => item.id);

describe("messages", () => {
  test("pages come from the end backwards and are read from the beginning", () => {
    expect(ids(pagesOf([message("3", "2"), message("4", "3")], [message("1", null), message("2", "1")]))).toEqual([
      "1",
      "2",
      "3",
      "4",
    ]);
  });

  test("a sent message and its answer come at the end", () => {
    const before = pagesOf([message("1", null), message("2", "1")]);
    const turn = { chat: chat("c", 1), question: message("3", "2"), answer: message("4", "3") };
    expect(ids(withTurn(before, turn))).toEqual(["1", "2", "3", "4"]);
    expect(ids(withTurn(undefined, turn))).toEqual(["3", "4"]);
  });

  test("the same answer of the server twice changes nothing", () => {
    const turn = { chat: chat("c", 1), question: message("1", null), answer: message("2", "1") };
    expect(ids(withTurn(withTurn(undefined, turn), turn))).toEqual(["1", "2"]);
  });

  test("another version takes the old one's place, and what followed the old one leaves the view", () => {
    const before = pagesOf([message("3", "2"), message("4", "3")], [message("1", null), message("2", "1")]);
    const after = withTurn(before, { chat: chat("c", 1), question: null, answer: message("2b", "1", ["2", "2b"]) });
    expect(ids(after)).toEqual(["1", "2b"]);
  });

  test("a patch changes one message", () => {
    const after = withMessagePatch(pagesOf([message("1", null), message("2", "1")]), "2", { text: "new" });
    expect(messagesInOrder(after).map((item) => item.text)).toEqual(["1", "new"]);
  });
});

describe("chats", () => {
  const listed = pagesOf([chat("a", 2), chat("b", 1)]);
  const titles = (pages: Pages<Chat> | undefined) =>
    pages?.pages.flatMap((page) => page.items.map((item) => item.title));

  test("a renamed chat stays where it is", () => {
    expect(titles(withChat(listed, chat("b", 1, "B")))).toEqual(["a", "B"]);
  });

  test("a chat with a new message comes first, also one that is new", () => {
    expect(titles(withChat(listed, chat("b", 3)))).toEqual(["b", "a"]);
    expect(titles(withChat(listed, chat("c", 3)))).toEqual(["c", "a", "b"]);
  });
});
