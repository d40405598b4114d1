// All SQL about chats themselves. Messages are in message-store.ts, runs in run-store.ts, what writes several of
// them at once in turn-store.ts.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { ChatRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import { can } from "../../users/server/can.ts";
import type { Chat } from "../contract.ts";

/** Whose eyes a command looks through; every command has one, none takes a bare id. */
export type Scope = Pick<Principal, "userId" | "organisationId" | "role">;

type Action = Parameters<typeof can>[1];

/** Throws chat_not_found, for a foreign chat too, so that nobody learns that it exists. */
export async function requireChat(
  db: Transaction,
  scope: Scope,
  chatId: string,
  action: Action,
  state: "kept" | "deleted" = "kept",
): Promise<ChatRow> {
  const row = await db
    .selectFrom("chats")
    .selectAll()
    .where("id", "=", chatId)
    .where("organisation_id", "=", scope.organisationId)
    .where("deleted_at", state === "kept" ? "is" : "is not", null)
    .executeTakeFirst();
  if (!row || !can(scope, action, { organisationId: row.organisation_id, ownerId: row.owner_id })) {
    throw new AppError("chat_not_found");
  }
  return row;
}

export function toChat(row: ChatRow): Chat {
  return { id: row.id, title: row.title, modelId: row.model_id, createdAt: row.created_at, updatedAt: row.updated_at };
}

export interface ChatPosition {
  readonly updatedAt: number;
  readonly id: string;
}

/** The latest first, at most `limit`, behind `after` where a position is given. */
export const listChatRows = readCommand(
  "chats.list",
  async (db, args: { scope: Scope; after: ChatPosition | null; limit: number }): Promise<Chat[]> => {
    let query = db
      .selectFrom("chats")
      .selectAll()
      .where("owner_id", "=", args.scope.userId)
      .where("organisation_id", "=", args.scope.organisationId)
      .where("deleted_at", "is", null);
    const { after } = args;
    if (after) {
      query = query.where((eb) => eb(eb.refTuple("updated_at", "id"), "<", eb.tuple(after.updatedAt, after.id)));
    }
    const rows = await query.orderBy("updated_at", "desc").orderBy("id", "desc").limit(args.limit).execute();
    return rows.map(toChat);
  },
);

export const readChat = readCommand("chats.read", async (db, args: { scope: Scope; chatId: string }) =>
  toChat(await requireChat(db, args.scope, args.chatId, "read")),
);

export interface ChatChanges {
  readonly title?: string;
  readonly modelId?: string | null;
}

/** A title that comes this way was written by a person and is never replaced by one made from a message. */
export const changeChat = writeCommand(
  "chats.change",
  async (db, args: { scope: Scope; chatId: string; changes: ChatChanges }): Promise<Chat> => {
    const row = await requireChat(db, args.scope, args.chatId, "write");
    const { title, modelId } = args.changes;
    const changes: Partial<ChatRow> = {
      ...(title === undefined ? {} : { title, title_source: "person" }),
      ...(modelId === undefined ? {} : { model_id: modelId }),
    };
    if (Object.keys(changes).length > 0) {
      await db.updateTable("chats").set(changes).where("id", "=", row.id).execute();
    }
    return toChat({ ...row, ...changes });
  },
);

export const markChatDeleted = writeCommand(
  "chats.mark-deleted",
  async (db, args: { scope: Scope; chatId: string; now: number }): Promise<void> => {
    const row = await requireChat(db, args.scope, args.chatId, "delete");
    await db.updateTable("chats").set({ deleted_at: args.now }).where("id", "=", row.id).execute();
  },
);

/** A chat that is not deleted stays as it is, so that a repeated undo succeeds. */
export const unmarkChatDeleted = writeCommand(
  "chats.unmark-deleted",
  async (db, args: { scope: Scope; chatId: string }): Promise<Chat> => {
    const { scope, chatId } = args;
    await db
      .updateTable("chats")
      .set({ deleted_at: null })
      .where("id", "=", (await requireDeletable(db, scope, chatId)).id)
      .execute();
    return toChat(await requireChat(db, scope, chatId, "delete"));
  },
);

async function requireDeletable(db: Transaction, scope: Scope, chatId: string): Promise<ChatRow> {
  try {
    return await requireChat(db, scope, chatId, "delete", "deleted");
  } catch {
    return requireChat(db, scope, chatId, "delete");
  }
}

/** Removes at most `limit` chats deleted before `before`, with everything in them; answers how many. */
export const purgeChats = writeCommand(
  "chats.purge",
  async (db, args: { before: number; limit: number }): Promise<number> => {
    const rows = await db
      .selectFrom("chats")
      .select("id")
      .where("deleted_at", "<", args.before)
      .orderBy("deleted_at")
      .limit(args.limit)
      .execute();
    if (rows.length > 0) {
      const ids = rows.map((row) => row.id);
      await db.deleteFrom("chats").where("id", "in", ids).execute();
    }
    return rows.length;
  },
);

/** Removes at most `limit` chats of a removed person, with everything in them; answers how many. */
export const purgeChatsOf = writeCommand(
  "chats.purgeOf",
  async (db, args: { organisationId: string; userId: string; limit: number }): Promise<number> => {
    const rows = await db
      .selectFrom("chats")
      .select("id")
      .where("organisation_id", "=", args.organisationId)
      .where("owner_id", "=", args.userId)
      .limit(args.limit)
      .execute();
    if (rows.length > 0) {
      const ids = rows.map((row) => row.id);
      await db.deleteFrom("grants").where("resource", "=", "chat").where("resource_id", "in", ids).execute();
      await db.deleteFrom("chats").where("id", "in", ids).execute();
    }
    return rows.length;
  },
);

export const chatStoreCommands: AnyCommand[] = [
  listChatRows,
  readChat,
  changeChat,
  markChatDeleted,
  unmarkChatDeleted,
  purgeChats,
  purgeChatsOf,
];
