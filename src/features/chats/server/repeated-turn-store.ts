// Recognises calls that came before: a client that got no answer sends again what it sent, with the ids it made then.
// An id that stands for something else is refused.
import type { Transaction } from "../../../platform/database/command.ts";
import type { ChatRow, RunRow } from "../../../platform/database/tables.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Turn } from "../contract.ts";
import { requireChat, type Scope } from "./chat-store.ts";
import { describeTurn } from "./message-store.ts";

export interface SentQuestion {
  readonly scope: Scope;
  readonly chatId: string;
  readonly messageId: string;
  readonly parentId: string | null;
  readonly text: string;
}

/** The turn that an earlier send of the same question made; null where it is new. */
export async function findRepeatedSend(db: Transaction, sent: SentQuestion): Promise<Turn | null> {
  const question = await db.selectFrom("messages").selectAll().where("id", "=", sent.messageId).executeTakeFirst();
  if (!question) {
    return null;
  }
  const owner = await requireChat(db, sent.scope, question.chat_id, "write");
  const isSame =
    owner.id === sent.chatId &&
    question.parent_id === sent.parentId &&
    question.role === "user" &&
    question.text === sent.text;
  const answer = await db
    .selectFrom("messages")
    .selectAll()
    .where("parent_id", "=", question.id)
    .orderBy("created_at")
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();
  if (!isSame || !answer) {
    throw idIsTaken("messageId", "message");
  }
  return describeTurn(db, owner, question, answer);
}

/** The turn that an earlier retry of the same question made. */
export async function findRepeatedRetry(
  db: Transaction,
  chat: ChatRow,
  answerId: string,
  questionId: string | null,
): Promise<Turn | null> {
  const answer = await db.selectFrom("messages").selectAll().where("id", "=", answerId).executeTakeFirst();
  if (!answer) {
    return null;
  }
  if (answer.chat_id !== chat.id || answer.role !== "assistant" || answer.parent_id !== questionId) {
    throw idIsTaken("answerId", "message");
  }
  return describeTurn(db, chat, null, answer);
}

/** Whether an earlier call went on from `last` with this run. */
export async function isRepeatedContinue(db: Transaction, runId: string, last: RunRow): Promise<boolean> {
  const run = await db.selectFrom("runs").selectAll().where("id", "=", runId).executeTakeFirst();
  if (run && (run.message_id !== last.message_id || run.fence <= last.fence)) {
    throw idIsTaken("nextRunId", "run");
  }
  return run !== undefined;
}

export function idIsTaken(param: string, thing: string): AppError {
  return new AppError("invalid_request", { problem: `${param}: already used for another ${thing}`, param });
}
