// The making of answers. A run belongs to the server, not to the connection that asked for it: readers come and go,
// and only its own end, Stop, the chat's deletion or the server's shutdown end it.
import type { ModelCaller, ModelEvent } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ServerSentEvent } from "../../../platform/http/stream-events.ts";
import type { Logger } from "../../../platform/logger.ts";
import type { Run, RunEvent, RunFailure } from "../contract.ts";
import type { Scope } from "./chat-store.ts";
import { followLiveRun } from "./follow-live-run.ts";
import { createLiveRun, type LiveRun, type LiveRunStart } from "./live-run.ts";
import { readPath } from "./message-store.ts";
import { modelConversation } from "./model-conversation.ts";
import { createRunBus } from "./run-bus.ts";
import { createRunLog, leaseMs } from "./run-log.ts";
import { interruptAbandonedRuns, readRun, type RunReport } from "./run-store.ts";
import { untilAborted } from "./until-aborted.ts";

/** A tokenizer gets no more out of a character sequence than one token for this many; longer histories cannot fit. */
const maxCharactersPerToken = 200;
/** A full disk or a busy database may pass; until then the answer stays in memory. */
const settleAttempts = 5;
const settleRetryMs = 500;
const abandonedPerCommand = 50;

export interface NewRun extends LiveRunStart {
  /** The message that the answer hangs below: its branch is what the model is told. */
  readonly questionId: string;
  readonly contextTokens: number;
}

export interface Runs {
  /** Who makes the runs that begin now, and until when that holds. Throws engine_stopping while the server shuts down. */
  lease(): { ownerNode: string; leaseUntil: number };
  start(run: NewRun): void;
  /** Ends the run if it is being made; what has arrived stays. Throws run_not_found. */
  stop(scope: Scope, runId: string): Promise<Run>;
  stopChat(chatId: string): Promise<void>;
  /**
   * The events of a run behind position `after` (UTF-16 units of the answer's text). Throws run_not_found. The reader
   * is released by `signal` or by ending the iteration.
   */
  follow(
    scope: Scope,
    runId: string,
    after: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<ServerSentEvent<RunEvent>>>;
  /** For shutdown: no new runs, the live ones are interrupted with all their text on disk. */
  stopAll(): Promise<void>;
  /**
   * Marks runs that another process has left open as interrupted. `alone` (one server per data folder, proven by its
   * lock) takes all of them, else only those whose lease has run out. Answers how many.
   */
  interruptAbandoned(options: { alone: boolean }): Promise<number>;
  activeCount(): number;
  followerCount(): number;
}

export interface RunsDependencies {
  readonly database: Database;
  readonly model: ModelCaller;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn" | "error">;
  /** This server process, different at each start. */
  readonly nodeId: string;
}

export function createRuns(dependencies: RunsDependencies): Runs {
  const { database, model, clock, logger, nodeId } = dependencies;
  const bus = createRunBus();
  const log = createRunLog(dependencies);
  const liveRuns = new Map<string, LiveRun>();
  let isStopping = false;

  async function make(live: LiveRun, start: NewRun): Promise<void> {
    const failure = await callModel(live, start).then(
      () => undefined,
      (error: unknown) => (live.signal.aborted ? undefined : describeFailure(error, start.run.id)),
    );
    await settle(live, failure);
    liveRuns.delete(start.run.id);
  }

  async function callModel(live: LiveRun, start: NewRun): Promise<void> {
    const isContinued = start.text !== "";
    const path = await database.run(readPath, {
      scope: start.scope,
      chatId: start.chatId,
      endId: start.questionId,
      bounds: { maxMessages: start.contextTokens, maxCharacters: start.contextTokens * maxCharactersPerToken },
    });
    const said = isContinued ? [...path, { role: "assistant" as const, text: start.text }] : path;
    const events = model.call({
      model: start.run.modelId,
      messages: modelConversation(said),
      ...(isContinued ? { continueLastMessage: true } : {}),
      lane: "interactive",
      userId: start.scope.userId,
      cacheScope: `user:${start.scope.userId}`,
      signal: live.signal,
    });
    await takeAll(live, events);
  }

  function describeFailure(error: unknown, runId: string): RunFailure {
    const known = error instanceof AppError ? error : new AppError("internal_error", {}, { cause: error });
    if (known.status >= 500) {
      logger.error({ event: "run-failed", err: error, runId, code: known.code });
    }
    return { code: known.code, message: known.message, details: known.details };
  }

  /** The end is told only when it is on disk, but where the disk refuses for long, readers must not wait for ever. */
  async function settle(live: LiveRun, failure: RunFailure | undefined): Promise<void> {
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
          // The row stays open; when its lease has run out, it is marked interrupted with what had been flushed.
          const lost = describeFailure(error, live.run.id);
          live.end({ ...outcome, status: "failed", finishReason: null, failure: lost }, endedAt);
          return;
        }
        await new Promise((resolve) => setTimeout(resolve, settleRetryMs));
      }
    }
  }

  return {
    lease() {
      if (isStopping) {
        throw new AppError("engine_stopping");
      }
      return { ownerNode: nodeId, leaseUntil: clock() + leaseMs };
    },
    start(run) {
      const live = createLiveRun(run, bus);
      liveRuns.set(run.run.id, live);
      log.add(live);
      if (isStopping) {
        live.interrupt("interrupted");
      }
      void make(live, run);
    },
    async stop(scope, runId) {
      // Looked up before the row is read: what is not live now is over in the row.
      const live = liveRuns.get(runId);
      const { run } = await database.run(readRun, { scope, runId, action: "write" });
      live?.interrupt("stopped");
      return live ? live.ended : run;
    },
    async stopChat(chatId) {
      const ofChat = [...liveRuns.values()].filter((live) => live.chatId === chatId);
      ofChat.forEach((live) => live.interrupt("stopped"));
      await Promise.all(ofChat.map((live) => live.ended));
    },
    async follow(scope, runId, after, signal) {
      const live = liveRuns.get(runId);
      const report = await database.run(readRun, { scope, runId, action: "read" });
      return live ? followLiveRun(live, bus, after, signal) : oneByOne(eventsOfEnded(report, after));
    },
    async stopAll() {
      isStopping = true;
      const all = [...liveRuns.values()];
      all.forEach((live) => live.interrupt("interrupted"));
      await Promise.all(all.map((live) => live.ended));
    },
    async interruptAbandoned({ alone }) {
      let count = 0;
      for (let found = abandonedPerCommand; found === abandonedPerCommand; count += found) {
        found = await database.run(interruptAbandonedRuns, {
          now: clock(),
          node: nodeId,
          alone,
          limit: abandonedPerCommand,
        });
      }
      return count;
    },
    activeCount: () => liveRuns.size,
    followerCount: () => bus.subscriberCount(),
  };
}

function eventsOfEnded({ run, text }: RunReport, after: number): ServerSentEvent<RunEvent>[] {
  const rest = text.slice(after);
  return [
    ...(rest ? [{ id: text.length, data: { type: "text-delta" as const, text: rest } }] : []),
    // Without an end (another process makes this run) the client comes back for more by itself.
    ...(run.endedAt === null ? [] : [{ data: { type: "run-end" as const, run } }]),
  ];
}

async function takeAll(live: LiveRun, events: AsyncIterable<ModelEvent>): Promise<void> {
  for await (const event of untilAborted(events, live.signal)) {
    if (live.take(event)) {
      return;
    }
  }
  throw new Error("the model's answer stopped without an end");
}

async function* oneByOne<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
