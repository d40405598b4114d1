// What the page knows of chats and messages, kept in step with what the server answers. Pure changes of cached pages.
import type { InfiniteData } from "@tanstack/react-query";
import type { Chat, Message, Turn } from "../contract.ts";
import type { SaidSoFar } from "./follow-answer.ts";

export interface PageOf<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}
export type Pages<Item> = InfiniteData<PageOf<Item>, string | undefined>;

export const chatsKey = ["chats"] as const;
export const chatKey = (chatId: string) => ["chat", chatId] as const;
export const messagesKey = (chatId: string) => ["messages", chatId] as const;

/** Puts a chat where its last message puts it: a new one first, a renamed one stays in place. */
export function withChat(pages: Pages<Chat> | undefined, chat: Chat): Pages<Chat> | undefined {
  if (pages === undefined) return undefined;
  const others = withoutChat(pages, chat.id);
  const isOlder = (item: Chat) => item.updatedAt <= chat.updatedAt;
  const found = others.pages.findIndex((page) => page.items.some(isOlder));
  const place = found < 0 ? others.pages.length - 1 : found;
  return {
    ...others,
    pages: others.pages.map((page, index) =>
      index === place ? { ...page, items: inserted(page.items, chat, isOlder) } : page,
    ),
  };
}

function inserted<Item>(items: readonly Item[], item: Item, isAfter: (other: Item) => boolean): Item[] {
  const at = items.findIndex(isAfter);
  return at < 0 ? [...items, item] : items.toSpliced(at, 0, item);
}

export function withoutChat(pages: Pages<Chat>, chatId: string): Pages<Chat> {
  return {
    ...pages,
    pages: pages.pages.map((page) => ({ ...page, items: page.items.filter((item) => item.id !== chatId) })),
  };
}

/** Pages come from the end backwards; the conversation reads from its beginning. */
export function messagesInOrder(pages: Pages<Message> | undefined): Message[] {
  return pages === undefined ? [] : pages.pages.toReversed().flatMap((page) => page.items);
}

/**
 * Adds what a send, a retry or a continue made. A new version of an answer takes the place of the old one, and what
 * followed the old one leaves the view with it.
 */
export function withTurn(pages: Pages<Message> | undefined, turn: Turn): Pages<Message> {
  const start: Pages<Message> = pages ?? { pages: [{ items: [], nextCursor: null }], pageParams: [undefined] };
  const added = turn.question === null ? [turn.answer] : [turn.question, turn.answer];
  return added.reduce(withMessage, start);
}

function withMessage(pages: Pages<Message>, message: Message): Pages<Message> {
  const all = messagesInOrder(pages);
  if (all.some((item) => item.id === message.id)) {
    return mapPages(pages, (item) => (item.id === message.id ? message : item));
  }
  const older = all.find((item) => item.parentId === message.parentId);
  if (older !== undefined) return replaceFrom(pages, older.id, message);
  return {
    ...pages,
    pages: pages.pages.map((page, index) => (index === 0 ? { ...page, items: [...page.items, message] } : page)),
  };
}

function replaceFrom(pages: Pages<Message>, messageId: string, replacement: Message): Pages<Message> {
  const at = pages.pages.findIndex((page) => page.items.some((item) => item.id === messageId));
  const kept = pages.pages.slice(at).map((page, index) => {
    if (index > 0) return page;
    const place = page.items.findIndex((item) => item.id === messageId);
    return { ...page, items: [...page.items.slice(0, place), replacement] };
  });
  return { pages: kept, pageParams: [undefined, ...pages.pageParams.slice(at + 1)] };
}

export function withMessagePatch(pages: Pages<Message>, messageId: string, patch: Partial<Message>): Pages<Message> {
  return mapPages(pages, (item) => (item.id === messageId ? { ...item, ...patch } : item));
}

/** Keeps what was read of a run that is still at work; never over a text that is longer or finished. */
export function withSaidSoFar(
  pages: Pages<Message>,
  runId: string,
  { text, reasoning, reasoningMs }: SaidSoFar,
): Pages<Message> {
  return mapPages(pages, (item) => {
    const isAtWork = item.run?.id === runId && (item.run.status === "queued" || item.run.status === "running");
    const isMore = item.text.length + item.reasoning.length < text.length + reasoning.length;
    return isAtWork && isMore ? { ...item, text, reasoning, reasoningMs } : item;
  });
}

function mapPages<Item>(pages: Pages<Item>, change: (item: Item) => Item): Pages<Item> {
  return { ...pages, pages: pages.pages.map((page) => ({ ...page, items: page.items.map(change) })) };
}
