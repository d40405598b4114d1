// Fills a data folder with as many old chats as make it as large as wanted, by SQL, because a person would take years.
import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const textCharacters = 2_000;
const messagesPerChat = 50;

/** No server may run on it. Answers the number of messages that were added. */
export function growDataFolder(folder: string, wantedBytes: number): number {
  const file = join(folder, "shobar.db");
  const database = new DatabaseSync(file);
  try {
    database.exec("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144");
    const { id: owner, organisation_id: organisation } = database
      .prepare("SELECT id, organisation_id FROM users LIMIT 1")
      .get() as { id: string; organisation_id: string };
    const addChat = database.prepare(
      `INSERT INTO chats (id, organisation_id, owner_id, title, title_source, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'message', ?, ?)`,
    );
    const addMessage = database.prepare(
      `INSERT INTO messages (id, organisation_id, owner_id, chat_id, parent_id, role, text, created_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    let messages = 0;
    for (let chat = 0; statSync(file).size < wantedBytes; chat++) {
      database.exec("BEGIN");
      const chatId = idOf(chat, 0);
      addChat.run(chatId, organisation, owner, `Old chat ${chat}`, chat, chat);
      for (let number = 1; number <= messagesPerChat; number++) {
        const parent = number === 1 ? null : idOf(chat, number - 1);
        const role = number % 2 === 1 ? "user" : "assistant";
        addMessage.run(idOf(chat, number), organisation, owner, chatId, parent, role, someText(), chat);
        messages += 1;
      }
      database.exec("COMMIT");
      if (chat % 100 === 0) {
        database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      }
    }
    return messages;
  } finally {
    database.close();
  }
}

/** In the form of the product's own ids and in their order. */
function idOf(chat: number, message: number): string {
  const time = (1_600_000_000_000 + chat).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${message.toString(16).padStart(12, "0")}`;
}

/** Random, so that no disk or file system makes it smaller. */
function someText(): string {
  return randomBytes((textCharacters * 3) / 4).toString("base64");
}
