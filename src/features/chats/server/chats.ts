// The rules of chats: who may see them, what a message begins, how branches are chosen. Everything that is written is
// on disk before a function here answers.
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import { chooseDefaultModel, findModel } from "../../models/server/models.ts";
import type { Chat, Message, Turn } from "../contract.ts";
import {
  changeChat,
  type ChatChanges,
  type ChatPosition,
  listChatRows,
  markChatDeleted,
  purgeChats,
  readChat,
  type Scope,
  unmarkChatDeleted,
} from "./chat-store.ts";
import { chooseLeaf, readWindow } from "./message-store.ts";
import { readRun } from "./run-store.ts";
import type { Runs } from "./runs.ts";
import { storableText } from "./storable-text.ts";
import { titleFrom } from "./title.ts";
import { type BegunTurn, continueTurn, type PlannedRun, retryTurn, sendTurn, startChatTurn } from "./turn-store.ts";

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

export interface FirstMessage {
  readonly chatId: string;
  readonly messageId: string;
  readonly text: string;
  readonly modelId?: string | undefined;
}

export interface NextMessage extends FirstMessage {
  /** The answer that this message replies to; null begins the chat anew beside its first message. */
  readonly parentId: string | null;
}

/**
 * All throw chat_not_found for a chat that is not the scope's. Those that begin an answer also throw no_model,
 * model_not_found, run_active and engine_stopping, and then nothing has been written.
 */
export interface Chats {
  list(scope: Scope, page: PageRequest): Promise<Page<Chat>>;
  read(scope: Scope, chatId: string): Promise<Chat>;
  change(scope: Scope, chatId: string, changes: ChatChanges): Promise<Chat>;
  remove(scope: Scope, chatId: string): Promise<void>;
  restore(scope: Scope, chatId: string): Promise<Chat>;
  /** The shown branch from its end backwards; `items` is oldest first. Throws message_not_found for a wrong cursor. */
  readMessages(scope: Scope, chatId: string, page: PageRequest): Promise<Page<Message>>;
  chooseBranch(scope: Scope, chatId: string, messageId: string): Promise<void>;
  /** Repeated with the same ids, `start` and `send` change nothing and answer the same turn. */
  start(scope: Scope, message: FirstMessage): Promise<Turn>;
  send(scope: Scope, message: NextMessage): Promise<Turn>;
  retry(scope: Scope, chatId: string, messageId: string, modelId?: string): Promise<Turn>;
  /** Throws run_not_found and run_not_continuable. */
  continueRun(scope: Scope, runId: string): Promise<Turn>;
  /** Removes for good what was deleted 30 days ago; answers how many chats. */
  purgeDeleted(): Promise<number>;
}

export interface ChatsDependencies {
  readonly database: Database;
  readonly runs: Runs;
  readonly model: ModelCaller;
  readonly clock: Clock;
}

export function createChats({ database, runs, model, clock }: ChatsDependencies): Chats {
  async function chooseModel(wanted: string | null | undefined): Promise<ModelDescription> {
    if (wanted) {
      return findModel(model, wanted);
    }
    const chosen = chooseDefaultModel(await model.listModels());
    if (!chosen) {
      throw new AppError("no_model");
    }
    return chosen;
  }

  function planRun(chosen: ModelDescription): PlannedRun {
    const madeBy = chosen.origin.kind === "here" ? "here" : chosen.origin.name;
    return { id: newId(), modelId: chosen.id, modelName: chosen.name, madeBy, ...runs.lease() };
  }

  /** Begins the answer that a command has just written; nothing happens for a repeated call. */
  function begin(scope: Scope, chosen: ModelDescription, planned: PlannedRun, { turn, fence }: BegunTurn): Turn {
    const { answer } = turn;
    if (fence !== null && answer.run && answer.parentId) {
      runs.start({
        scope,
        chatId: turn.chat.id,
        messageId: answer.id,
        questionId: answer.parentId,
        run: answer.run,
        fence,
        leaseUntil: planned.leaseUntil,
        text: answer.text,
        contextTokens: chosen.contextTokens,
      });
    }
    return turn;
  }

  return {
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
      if (changes.modelId) {
        await findModel(model, changes.modelId);
      }
      const title = changes.title === undefined ? {} : { title: storableText(changes.title) };
      return database.run(changeChat, { scope, chatId, changes: { ...changes, ...title } });
    },
    async remove(scope, chatId) {
      await database.run(markChatDeleted, { scope, chatId, now: clock() });
      await runs.stopChat(chatId);
    },
    restore: (scope, chatId) => database.run(unmarkChatDeleted, { scope, chatId }),
    readMessages(scope, chatId, { cursor = null, limit = defaultPageSize }) {
      const bounds = { maxMessages: limit, maxCharacters: maxWindowCharacters };
      return database.run(readWindow, { scope, chatId, before: cursor, bounds });
    },
    chooseBranch: (scope, chatId, messageId) => database.run(chooseLeaf, { scope, chatId, messageId }),
    async start(scope, { chatId, messageId, modelId, ...message }) {
      const chosen = await chooseModel(modelId);
      const run = planRun(chosen);
      const text = sayable(message.text);
      const ids = { chatId, messageId, answerId: newId(), modelId };
      const begun = await database.run(startChatTurn, {
        scope,
        ...ids,
        text,
        title: titleFrom(text),
        run,
        now: clock(),
      });
      return begin(scope, chosen, run, begun);
    },
    async send(scope, { chatId, messageId, parentId, modelId, ...message }) {
      const chat = await database.run(readChat, { scope, chatId });
      const chosen = await chooseModel(modelId ?? chat.modelId);
      const run = planRun(chosen);
      const text = sayable(message.text);
      const ids = { chatId, messageId, parentId, answerId: newId(), modelId };
      const begun = await database.run(sendTurn, { scope, ...ids, text, title: titleFrom(text), run, now: clock() });
      return begin(scope, chosen, run, begun);
    },
    async retry(scope, chatId, messageId, modelId) {
      const chat = await database.run(readChat, { scope, chatId });
      const chosen = await chooseModel(modelId ?? chat.modelId);
      const run = planRun(chosen);
      const begun = await database.run(retryTurn, { scope, chatId, messageId, answerId: newId(), run, now: clock() });
      return begin(scope, chosen, run, begun);
    },
    async continueRun(scope, runId) {
      const last = await database.run(readRun, { scope, runId, action: "write" });
      const chosen = await chooseModel(last.run.modelId);
      const run = planRun(chosen);
      const begun = await database.run(continueTurn, { scope, runId, run, now: clock() });
      return begin(scope, chosen, run, begun);
    },
    async purgeDeleted() {
      let count = 0;
      for (let found = chatsPerPurge; found === chatsPerPurge; count += found) {
        found = await database.run(purgeChats, { before: clock() - keptDeletedMs, limit: chatsPerPurge });
      }
      return count;
    },
  };
}

function sayable(text: string): string {
  if (text.trim() === "") {
    throw new AppError("invalid_request", { problem: "text: nothing but blanks", param: "text" });
  }
  return storableText(text);
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
