// The writes that begin an answer: message, answer, run and the chat's new end in one transaction, so that after a
// crash either all of a turn is there or nothing. Client-made ids make a repeated call change nothing.
import { type AnyCommand, type Transaction, writeCommand } from "../../../platform/database/command.ts";
import type { ChatRow, MessageRow, RunRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Turn } from "../contract.ts";
import { requireChat, type Scope } from "./chat-store.ts";
import { describeTurn, findMessage } from "./message-store.ts";
import { findRepeatedRetry, findRepeatedSend, idIsTaken, isRepeatedContinue } from "./repeated-turn-store.ts";
import { latestRuns, requireRun } from "./run-store.ts";

/** A run before it has begun: what is known of it from outside the database. */
export interface PlannedRun {
  readonly id: string;
  readonly modelId: string;
  readonly modelName: string;
  readonly madeBy: string;
  readonly ownerNode: string;
  readonly leaseUntil: number;
}

export interface BegunTurn {
  readonly turn: Turn;
  /** The fence of the run that is to be made now; null when the call was a repetition and nothing is to be done. */
  readonly fence: number | null;
}

interface TurnArguments {
  readonly scope: Scope;
  readonly chatId: string;
  readonly answerId: string;
  readonly run: PlannedRun;
  readonly now: number;
}

export interface QuestionArguments extends TurnArguments {
  readonly messageId: string;
  readonly text: string;
  /** What the chat is called where nobody has named it. */
  readonly title: string;
  /** Chooses the chat's model from now on; left out, the choice stays. */
  readonly modelId: string | undefined;
}

export const startChatTurn = writeCommand(
  "turns.start-chat",
  async (db, args: QuestionArguments): Promise<BegunTurn> => {
    const repeated = await findRepeatedSend(db, { ...args, parentId: null });
    if (repeated) {
      return { turn: repeated, fence: null };
    }
    const taken = await db.selectFrom("chats").select("id").where("id", "=", args.chatId).executeTakeFirst();
    if (taken) {
      await requireChat(db, args.scope, args.chatId, "write");
      throw idIsTaken("chatId", "chat");
    }
    const chat: ChatRow = {
      id: args.chatId,
      organisation_id: args.scope.organisationId,
      owner_id: args.scope.userId,
      title: args.title,
      title_source: "message",
      model_id: args.modelId ?? null,
      leaf_message_id: args.answerId,
      created_at: args.now,
      updated_at: args.now,
      deleted_at: null,
    };
    await db.insertInto("chats").values(chat).execute();
    return beginTurn(db, args, chat, { id: args.messageId, parentId: null, text: args.text });
  },
);

export const sendTurn = writeCommand(
  "turns.send",
  async (db, args: QuestionArguments & { parentId: string | null }): Promise<BegunTurn> => {
    const repeated = await findRepeatedSend(db, args);
    if (repeated) {
      return { turn: repeated, fence: null };
    }
    const chat = await requireChat(db, args.scope, args.chatId, "write");
    if (args.parentId !== null && (await findMessage(db, chat.id, args.parentId)).role !== "assistant") {
      throw new AppError("invalid_request", { problem: "parentId: not an answer", param: "parentId" });
    }
    const isNewStart = args.parentId === null && chat.title_source === "message";
    const changed = await moveEnd(db, args, chat, {
      ...(isNewStart ? { title: args.title } : {}),
      ...(args.modelId === undefined ? {} : { model_id: args.modelId }),
    });
    return beginTurn(db, args, changed, { id: args.messageId, parentId: args.parentId, text: args.text });
  },
);

/** `messageId` is the answer to make another one beside, or the question to answer once more. */
export const retryTurn = writeCommand(
  "turns.retry",
  async (db, args: TurnArguments & { messageId: string }): Promise<BegunTurn> => {
    const chat = await requireChat(db, args.scope, args.chatId, "write");
    const message = await findMessage(db, chat.id, args.messageId);
    const questionId = message.role === "assistant" ? message.parent_id : message.id;
    const repeated = await findRepeatedRetry(db, chat, args.answerId, questionId);
    if (repeated) {
      return { turn: repeated, fence: null };
    }
    const changed = await moveEnd(db, args, chat);
    return beginTurn(db, args, changed, null, questionId);
  },
);

/** A new run on the same answer; what earlier runs wrote stays in front of it. */
export const continueTurn = writeCommand(
  "turns.continue",
  async (db, args: Omit<TurnArguments, "chatId" | "answerId"> & { runId: string }): Promise<BegunTurn> => {
    const last = await requireRun(db, args.scope, args.runId, "write");
    const chat = await requireChat(db, args.scope, last.chat_id, "write");
    const answer = await findMessage(db, chat.id, last.message_id);
    if (await isRepeatedContinue(db, args.run.id, last)) {
      return { turn: await describeTurn(db, chat, null, answer), fence: null };
    }
    await refuseWhileActive(db, chat.id);
    await requireContinuable(db, last);
    const fence = last.fence + 1;
    const moved = await moveEnd(db, { answerId: answer.id, now: args.now }, chat);
    await insertRun(db, args.run, answer, fence, args.now);
    return { turn: await describeTurn(db, moved, null, answer), fence };
  },
);

async function requireContinuable(db: Transaction, run: RunRow): Promise<void> {
  const latest = (await latestRuns(db, [run.message_id])).get(run.message_id);
  const isWhole = run.status === "done" && run.finish_reason !== "length";
  const reply = await db
    .selectFrom("messages")
    .select("id")
    .where("parent_id", "=", run.message_id)
    .limit(1)
    .executeTakeFirst();
  if (isWhole || reply || latest?.id !== run.id) {
    throw new AppError("run_not_continuable");
  }
}

async function moveEnd(
  db: Transaction,
  { answerId, now }: Pick<TurnArguments, "answerId" | "now">,
  chat: ChatRow,
  changes: Partial<ChatRow> = {},
): Promise<ChatRow> {
  const all = { ...changes, leaf_message_id: answerId, updated_at: now };
  await db.updateTable("chats").set(all).where("id", "=", chat.id).execute();
  return { ...chat, ...all };
}

async function beginTurn(
  db: Transaction,
  args: TurnArguments,
  chat: ChatRow,
  question: { id: string; parentId: string | null; text: string } | null,
  questionId: string | null = question?.id ?? null,
): Promise<BegunTurn> {
  await refuseWhileActive(db, chat.id);
  const owned = { organisation_id: args.scope.organisationId, owner_id: args.scope.userId, chat_id: chat.id };
  const asked: MessageRow | null = question && {
    ...owned,
    id: question.id,
    parent_id: question.parentId,
    role: "user",
    text: question.text,
    reasoning: "",
    reasoning_ms: 0,
    created_at: args.now,
  };
  const answer: MessageRow = {
    ...owned,
    id: args.answerId,
    parent_id: questionId,
    role: "assistant",
    text: "",
    reasoning: "",
    reasoning_ms: 0,
    created_at: args.now,
  };
  await db
    .insertInto("messages")
    .values(asked ? [asked, answer] : [answer])
    .execute();
  await insertRun(db, args.run, answer, 1, args.now);
  return { turn: await describeTurn(db, chat, asked, answer), fence: 1 };
}

async function refuseWhileActive(db: Transaction, chatId: string): Promise<void> {
  const active = await db
    .selectFrom("runs")
    .select("id")
    .where("chat_id", "=", chatId)
    .where("ended_at", "is", null)
    .executeTakeFirst();
  if (active) {
    throw new AppError("run_active");
  }
}

async function insertRun(
  db: Transaction,
  planned: PlannedRun,
  answer: MessageRow,
  fence: number,
  now: number,
): Promise<void> {
  const row: RunRow = {
    id: planned.id,
    organisation_id: answer.organisation_id,
    owner_id: answer.owner_id,
    chat_id: answer.chat_id,
    message_id: answer.id,
    status: "queued",
    model_id: planned.modelId,
    model_name: planned.modelName,
    made_by: planned.madeBy,
    finish_reason: null,
    failure_code: null,
    failure_message: null,
    failure_details: null,
    prompt_tokens: null,
    cached_tokens: null,
    completion_tokens: null,
    reasoning_tokens: null,
    started_at: now,
    ended_at: null,
    owner_node: planned.ownerNode,
    lease_until: planned.leaseUntil,
    fence,
  };
  await db.insertInto("runs").values(row).execute();
}

export const turnCommands: AnyCommand[] = [startChatTurn, sendTurn, retryTurn, continueTurn];
