// The rules of chats: who may see them, how they are listed, how branches are chosen. Everything that is written is on
// disk before a function here answers.
import type { SavedStates } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import { findModel } from "../../models/server/models.ts";
import type { Chat, Message } from "../contract.ts";
import {
  changeChat,
  type ChatChanges,
  type ChatPosition,
  listChatRows,
  markChatDeleted,
  purgeChats,
  purgeChatsOf,
  readChat,
  type Scope,
  unmarkChatDeleted,
} from "./chat-store.ts";
import { chooseLeaf, readWindow } from "./message-store.ts";
import { storableText } from "./storable-text.ts";
import { createTurns, type TurnParts, type Turns } from "./turns.ts";

const defaultPageSize = 50;
/** A window of messages stops behind this many characters, so that a page of pasted books stays a page. */
const maxWindowCharacters = 1_000_000;
export const keptDeletedMs = 30 * 24 * 60 * 60 * 1000;
const chatsPerPurge = 20;

export interface PageRequest {
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** All throw chat_not_found for a chat that is not the scope's. */
export interface Chats extends Turns {
  list(scope: Scope, page: PageRequest): Promise<Page<Chat>>;
  read(scope: Scope, chatId: string): Promise<Chat>;
  change(scope: Scope, chatId: string, changes: ChatChanges): Promise<Chat>;
  remove(scope: Scope, chatId: string): Promise<void>;
  restore(scope: Scope, chatId: string): Promise<Chat>;
  /** The shown branch from its end backwards; `items` is oldest first. Throws message_not_found for a wrong cursor. */
  readMessages(scope: Scope, chatId: string, page: PageRequest): Promise<Page<Message>>;
  chooseBranch(scope: Scope, chatId: string, messageId: string): Promise<void>;
  /** Removes for good what was deleted 30 days ago; answers how many chats. */
  purgeDeleted(): Promise<number>;
}

/** Removes for good every chat of a person who was removed; for the command line too, which has no runs. */
export async function purgeChatsOfPerson(
  { database, states }: Pick<TurnParts, "database"> & { readonly states: SavedStates },
  person: { organisationId: string; userId: string },
): Promise<void> {
  for (let found = chatsPerPurge; found === chatsPerPurge;) {
    found = await database.run(purgeChatsOf, { ...person, limit: chatsPerPurge });
  }
  await states.forgetSaved({ kind: "owner", id: person.userId });
}

export function createChats(parts: TurnParts & { readonly states: SavedStates }): Chats {
  const { database, runs, model, clock, states } = parts;
  return {
    ...createTurns(parts),
    async list(scope, page) {
      const limit = page.limit ?? defaultPageSize;
      const after = page.cursor === undefined ? null : parseChatCursor(page.cursor);
      const rows = await database.run(listChatRows, { scope, after, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return { items, nextCursor: rows.length > limit && last ? chatCursor(last) : null };
    },
    read: (scope, chatId) => database.run(readChat, { scope, chatId }),
    async change(scope, chatId, changes) {
      const title = changes.title === undefined ? {} : { title: storableText(changes.title) };
      const chosen = changes.modelId ? { modelId: (await findModel(model, changes.modelId)).id } : {};
      return database.run(changeChat, { scope, chatId, changes: { ...changes, ...title, ...chosen } });
    },
    async remove(scope, chatId) {
      await database.run(markChatDeleted, { scope, chatId, now: clock() });
      await runs.stopChat(chatId);
      await states.forgetSaved({ kind: "conversation", id: chatId });
    },
    restore: (scope, chatId) => database.run(unmarkChatDeleted, { scope, chatId }),
    readMessages(scope, chatId, { cursor = null, limit = defaultPageSize }) {
      const bounds = { maxMessages: limit, maxCharacters: maxWindowCharacters };
      return database.run(readWindow, { scope, chatId, before: cursor, bounds });
    },
    chooseBranch: (scope, chatId, messageId) => database.run(chooseLeaf, { scope, chatId, messageId }),
    async purgeDeleted() {
      let count = 0;
      for (let found = chatsPerPurge; found === chatsPerPurge; count += found) {
        found = await database.run(purgeChats, { before: clock() - keptDeletedMs, limit: chatsPerPurge });
      }
      return count;
    },
  };
}

function chatCursor(chat: Chat): string {
  return `${chat.updatedAt}.${chat.id}`;
}

function parseChatCursor(cursor: string): ChatPosition {
  const [, updatedAt, id] = /^(\d{1,15})\.([0-9a-f-]{36})$/.exec(cursor) ?? [];
  if (!updatedAt || !id) {
    throw new AppError("invalid_request", { problem: "cursor: not from this list", param: "cursor" });
  }
  return { updatedAt: Number(updatedAt), id };
}
