// One answer from its call to its end on disk: tells the model the branch, takes what it says, settles the run.
import type { ModelCaller, ModelEvent } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import type { RunFailure } from "../contract.ts";
import type { LiveRun, LiveRunStart } from "./live-run.ts";
import { readPath } from "./message-store.ts";
import { modelConversation } from "./model-conversation.ts";
import type { RunLog } from "./run-log.ts";
import { untilAborted } from "./until-aborted.ts";

/** A tokenizer gets no more out of a character sequence than one token for this many; longer histories cannot fit. */
const maxCharactersPerToken = 200;
/** Where a model's context is not known: more than any takes, so that nothing is left out in silence. */
const largestContextTokens = 2_000_000;
/** A full disk or a busy database may pass; until then the answer stays in memory. */
const settleAttempts = 5;
const settleRetryMs = 500;

export interface NewRun extends LiveRunStart {
  /** The message that the answer hangs below: its branch is what the model is told. */
  readonly questionId: string;
  /** Null where nobody knows: then the model's own service refuses what is too long. */
  readonly contextTokens: number | null;
}

export interface AnswerParts {
  readonly database: Database;
  readonly model: ModelCaller;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn" | "error">;
  readonly log: RunLog;
}

/** Never throws: whatever goes wrong becomes the run's failure, and the text that had arrived stays. */
export async function makeAnswer(parts: AnswerParts, live: LiveRun, start: NewRun): Promise<void> {
  const failure = await callModel(parts, live, start).then(
    () => undefined,
    (error: unknown) => (live.signal.aborted ? undefined : describeFailure(parts, error, start.run.id)),
  );
  await settle(parts, live, failure);
}

async function callModel({ database, model }: AnswerParts, live: LiveRun, start: NewRun): Promise<void> {
  // Blanks alone are nothing to go on from.
  const isContinued = start.text.trim() !== "" || start.reasoning !== "";
  const maxMessages = start.contextTokens ?? largestContextTokens;
  const path = await database.run(readPath, {
    scope: start.scope,
    chatId: start.chatId,
    endId: start.questionId,
    bounds: { maxMessages, maxCharacters: maxMessages * maxCharactersPerToken },
  });
  const said = isContinued
    ? [...path, { role: "assistant" as const, text: start.text, reasoning: start.reasoning }]
    : path;
  const events = model.call({
    model: start.run.modelId,
    messages: modelConversation(said),
    ...(isContinued ? { continueLastMessage: true } : {}),
    lane: "interactive",
    userId: start.scope.userId,
    cacheScope: `user:${start.scope.userId}`,
    conversationId: start.chatId,
    signal: live.signal,
  });
  await takeAll(live, events);
}

function describeFailure({ logger }: AnswerParts, error: unknown, runId: string): RunFailure {
  const known = error instanceof AppError ? error : new AppError("internal_error", {}, { cause: error });
  if (known.status >= 500) {
    logger.error({ event: "run-failed", err: error, runId, code: known.code });
  }
  return { code: known.code, message: known.message, details: known.details };
}

/** The end is told only when it is on disk, but where the disk refuses for long, readers must not wait for ever. */
async function settle(parts: AnswerParts, live: LiveRun, failure: RunFailure | undefined): Promise<void> {
  const { log, clock, logger } = parts;
  const outcome = live.outcome(failure);
  const endedAt = clock();
  for (let attempt = 1; ; attempt++) {
    try {
      const isOwn = await log.settle(live, outcome, endedAt);
      live.end(isOwn ? outcome : { ...outcome, status: "interrupted", finishReason: null, failure: null }, endedAt);
      return;
    } catch (error) {
      logger.error({ event: "run-not-settled", err: error, runId: live.run.id, attempt });
      if (attempt === settleAttempts) {
        // What readers are told now is that it is not kept; as soon as the disk takes it again, it is.
        const refused = describeFailure(parts, error, live.run.id);
        live.end({ ...outcome, status: "failed", finishReason: null, failure: refused }, endedAt);
        log.settleLater(live, outcome, endedAt);
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, settleRetryMs));
    }
  }
}

async function takeAll(live: LiveRun, events: AsyncIterable<ModelEvent>): Promise<void> {
  for await (const event of untilAborted(events, live.signal)) {
    if (live.take(event)) {
      return;
    }
  }
  throw new Error("the model's answer stopped without an end");
}
