// What begins an answer: a first message, a next one, a retry, going on with one that broke off.
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import { newId } from "../../../platform/new-id.ts";
import { getDefaultModel } from "../../models/server/default-model.ts";
import { findModel } from "../../models/server/models.ts";
import type { Turn } from "../contract.ts";
import { readChat, type Scope } from "./chat-store.ts";
import { readRun } from "./run-store.ts";
import type { Runs } from "./runs.ts";
import { storableText } from "./storable-text.ts";
import { titleFrom } from "./title.ts";
import { type BegunTurn, continueTurn, type PlannedRun, retryTurn, sendTurn, startChatTurn } from "./turn-store.ts";

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

export interface RetryWishes {
  readonly answerId?: string | undefined;
  readonly modelId?: string | undefined;
}

/**
 * All throw chat_not_found for a chat that is not the scope's, and no_model, model_not_found, run_active and
 * engine_stopping; then nothing has been written.
 */
export interface Turns {
  /** Repeated with the same ids, each changes nothing and answers the same turn. */
  start(scope: Scope, message: FirstMessage): Promise<Turn>;
  send(scope: Scope, message: NextMessage): Promise<Turn>;
  retry(scope: Scope, chatId: string, messageId: string, wishes?: RetryWishes): Promise<Turn>;
  /** Throws run_not_found and run_not_continuable. */
  continueRun(scope: Scope, runId: string, nextRunId?: string): Promise<Turn>;
}

export interface TurnParts {
  readonly database: Database;
  readonly runs: Runs;
  readonly model: ModelCaller;
  readonly clock: Clock;
}

export function createTurns({ database, runs, model, clock }: TurnParts): Turns {
  async function chooseModel({ organisationId }: Scope, wanted: string | null | undefined): Promise<ModelDescription> {
    if (wanted) {
      return findModel(model, wanted);
    }
    const chosen = (await getDefaultModel({ db: database, caller: model }, organisationId)).model;
    if (!chosen) {
      throw new AppError("no_model");
    }
    return chosen;
  }

  function planRun(chosen: ModelDescription, id = newId()): PlannedRun {
    const madeBy = chosen.origin.kind === "here" ? "here" : chosen.origin.name;
    return { id, modelId: chosen.id, modelName: chosen.name, madeBy, ...runs.lease() };
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
        reasoning: answer.reasoning,
        reasoningMs: answer.reasoningMs,
        contextTokens: chosen.contextTokens,
      });
    }
    return turn;
  }

  return {
    async start(scope, { chatId, messageId, modelId, ...message }) {
      const chosen = await chooseModel(scope, modelId);
      const run = planRun(chosen);
      const text = sayable(message.text);
      const ids = { chatId, messageId, answerId: newId(), modelId: modelId && chosen.id };
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
      const chosen = await chooseModel(scope, modelId ?? chat.modelId);
      const run = planRun(chosen);
      const text = sayable(message.text);
      const ids = { chatId, messageId, parentId, answerId: newId(), modelId: modelId && chosen.id };
      const begun = await database.run(sendTurn, { scope, ...ids, text, title: titleFrom(text), run, now: clock() });
      return begin(scope, chosen, run, begun);
    },
    async retry(scope, chatId, messageId, { answerId = newId(), modelId } = {}) {
      const chat = await database.run(readChat, { scope, chatId });
      const chosen = await chooseModel(scope, modelId ?? chat.modelId);
      const run = planRun(chosen);
      const begun = await database.run(retryTurn, { scope, chatId, messageId, answerId, run, now: clock() });
      return begin(scope, chosen, run, begun);
    },
    async continueRun(scope, runId, nextRunId) {
      const last = await database.run(readRun, { scope, runId, action: "write" });
      const chosen = await chooseModel(scope, last.run.modelId);
      // No service outside says that it goes on with a half answer, and most would answer it instead.
      if (chosen.origin.kind !== "here") {
        throw new AppError("run_not_continuable");
      }
      const run = planRun(chosen, nextRunId);
      const begun = await database.run(continueTurn, { scope, runId, run, now: clock() });
      return begin(scope, chosen, run, begun);
    },
  };
}

function sayable(text: string): string {
  if (text.trim() === "") {
    throw new AppError("invalid_request", { problem: "text: nothing but blanks", param: "text" });
  }
  return storableText(text);
}
