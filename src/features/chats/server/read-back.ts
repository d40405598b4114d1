import type { Database } from "../../../platform/database/command.ts";
import { listChatRows, type Scope } from "./chat-store.ts";
import { readWindow } from "./message-store.ts";

/**
 * Reads the newest chat of a person with its messages, as a page would; false where they have none. For a restored
 * database: it throws where a chat or what belongs to it can no longer be read.
 */
export async function readBackChat(db: Database, scope: Scope): Promise<boolean> {
  const [chat] = await db.run(listChatRows, { scope, after: null, limit: 1 });
  if (!chat) {
    return false;
  }
  const bounds = { maxMessages: 50, maxCharacters: 1_000_000 };
  const { items } = await db.run(readWindow, { scope, chatId: chat.id, before: null, bounds });
  return items.length > 0;
}
