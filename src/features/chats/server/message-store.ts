// All SQL about messages: a tree per chat, read along one branch from its end backwards, so that the cost of a
// window does not grow with the chat.
import { type AnyCommand, readCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { ChatRow, MessageRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Message, Turn } from "../contract.ts";
import { requireChat, type Scope, toChat } from "./chat-store.ts";
import { latestRuns, saidSoFar, toRun } from "./run-store.ts";

export interface BranchBounds {
  readonly maxMessages: number;
  /** Reading stops behind the message that goes past this many characters. */
  readonly maxCharacters: number;
}

/** From `endId` towards the root, newest first; at least one message where `endId` is in the chat. */
export async function readBranch(
  db: Transaction,
  chatId: string,
  endId: string,
  bounds: BranchBounds,
): Promise<MessageRow[]> {
  return db
    .withRecursive("branch(id, parent_id, depth, characters)", (cte) =>
      cte
        .selectFrom("messages")
        .select((eb) => ["id", "parent_id", eb.lit(1).as("depth"), eb.fn<number>("length", ["text"]).as("characters")])
        .where("id", "=", endId)
        .where("chat_id", "=", chatId)
        .unionAll(
          cte
            .selectFrom("branch")
            .innerJoin("messages", "messages.id", "branch.parent_id")
            .select((eb) => [
              "messages.id",
              "messages.parent_id",
              eb("branch.depth", "+", eb.lit(1)).as("depth"),
              eb("branch.characters", "+", eb.fn<number>("length", ["messages.text"])).as("characters"),
            ])
            .where("branch.depth", "<", bounds.maxMessages)
            .where("branch.characters", "<", bounds.maxCharacters),
        ),
    )
    .selectFrom("branch")
    .innerJoin("messages", "messages.id", "branch.id")
    .selectAll("messages")
    .orderBy("branch.depth")
    .execute();
}

/** The rows as people see them: with the run of each answer, what it has written so far, and the siblings. */
export async function describeMessages(db: Transaction, chatId: string, rows: MessageRow[]): Promise<Message[]> {
  const answerIds = rows.filter((row) => row.role === "assistant").map((row) => row.id);
  const runs = await latestRuns(db, answerIds);
  const siblings = await siblingIds(db, chatId, rows);
  const messages: Message[] = [];
  for (const row of rows) {
    const run = runs.get(row.id);
    messages.push({
      id: row.id,
      chatId: row.chat_id,
      parentId: row.parent_id,
      role: row.role,
      ...(await saidSoFar(db, row, run && run.ended_at === null ? run.id : null)),
      run: run ? toRun(run) : null,
      siblingIds: siblings.get(row.parent_id) ?? [row.id],
      createdAt: row.created_at,
    });
  }
  return messages;
}

/** `question` is null where the answer belongs to one that was asked before. */
export async function describeTurn(
  db: Transaction,
  chat: ChatRow,
  question: MessageRow | null,
  answer: MessageRow,
): Promise<Turn> {
  const described = await describeMessages(db, chat.id, question ? [question, answer] : [answer]);
  return { chat: toChat(chat), question: question ? described[0]! : null, answer: described.at(-1)! };
}

async function siblingIds(db: Transaction, chatId: string, rows: MessageRow[]): Promise<Map<string | null, string[]>> {
  const parentIds = rows.map((row) => row.parent_id).filter((id) => id !== null);
  const inChat = db.selectFrom("messages").select(["id", "parent_id"]).where("chat_id", "=", chatId);
  const inOrder = inChat.orderBy("created_at").orderBy("id");
  const children = parentIds.length > 0 ? await inOrder.where("parent_id", "in", parentIds).execute() : [];
  const roots = parentIds.length < rows.length ? await inOrder.where("parent_id", "is", null).execute() : [];
  const byParent = new Map<string | null, string[]>();
  for (const { id, parent_id } of [...children, ...roots]) {
    const known = byParent.get(parent_id);
    if (known) {
      known.push(id);
    } else {
      byParent.set(parent_id, [id]);
    }
  }
  return byParent;
}

export async function findMessage(db: Transaction, chatId: string, messageId: string): Promise<MessageRow> {
  const row = await db
    .selectFrom("messages")
    .selectAll()
    .where("id", "=", messageId)
    .where("chat_id", "=", chatId)
    .executeTakeFirst();
  if (!row) {
    throw new AppError("message_not_found");
  }
  return row;
}

export interface MessageWindow {
  /** Oldest first. */
  readonly items: Message[];
  /** The oldest message of the window, where older ones exist. */
  readonly nextCursor: string | null;
}

/** The shown branch backwards from its end, or from the message before `before`. */
export const readWindow = readCommand(
  "messages.read-window",
  async (
    db,
    args: { scope: Scope; chatId: string; before: string | null; bounds: BranchBounds },
  ): Promise<MessageWindow> => {
    const chat = await requireChat(db, args.scope, args.chatId, "read");
    const endId = args.before ? (await findMessage(db, chat.id, args.before)).parent_id : chat.leaf_message_id;
    const rows = endId ? await readBranch(db, chat.id, endId, args.bounds) : [];
    const oldest = rows.at(-1);
    return {
      items: await describeMessages(db, chat.id, rows.reverse()),
      nextCursor: oldest?.parent_id ? oldest.id : null,
    };
  },
);

export interface PathMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
  readonly reasoning: string;
}

/** What was said up to and including `endId`, oldest first; bounded, the newest kept. */
export const readPath = readCommand(
  "messages.read-path",
  async (db, args: { scope: Scope; chatId: string; endId: string; bounds: BranchBounds }): Promise<PathMessage[]> => {
    const chat = await requireChat(db, args.scope, args.chatId, "read");
    const rows = await readBranch(db, chat.id, args.endId, args.bounds);
    return rows.reverse().map(({ role, text, reasoning }) => ({ role, text, reasoning }));
  },
);

/** Shows the branch through `messageId` that was written on last. */
export const chooseLeaf = writeCommand(
  "messages.choose-leaf",
  async (db, args: { scope: Scope; chatId: string; messageId: string }): Promise<void> => {
    const chat = await requireChat(db, args.scope, args.chatId, "write");
    const message = await findMessage(db, chat.id, args.messageId);
    const leafId = await newestLeafUnder(db, message.id);
    await db.updateTable("chats").set({ leaf_message_id: leafId }).where("id", "=", chat.id).execute();
  },
);

async function newestLeafUnder(db: Transaction, messageId: string): Promise<string> {
  const leaf = await db
    .withRecursive("below(id, created_at)", (cte) =>
      cte
        .selectFrom("messages")
        .select(["id", "created_at"])
        .where("id", "=", messageId)
        .unionAll(
          cte
            .selectFrom("below")
            .innerJoin("messages", "messages.parent_id", "below.id")
            .select(["messages.id", "messages.created_at"]),
        ),
    )
    .selectFrom("below")
    .select("id")
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("messages").select("messages.id").whereRef("messages.parent_id", "=", "below.id"))),
    )
    .orderBy("created_at", "desc")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return leaf?.id ?? messageId;
}

export const messageCommands: AnyCommand[] = [readWindow, readPath, chooseLeaf];
