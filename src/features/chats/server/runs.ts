// The making of answers. A run belongs to the server, not to the connection that asked for it: readers come and go,
// and only its own end, Stop, the chat's deletion or the server's shutdown end it.
import type { ModelCaller } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ServerSentEvent } from "../../../platform/http/stream-events.ts";
import type { Logger } from "../../../platform/logger.ts";
import type { Run, RunEvent } from "../contract.ts";
import { type AnswerPosition, positionId } from "./answer-text.ts";
import type { Scope } from "./chat-store.ts";
import { followLiveRun } from "./follow-live-run.ts";
import { createLiveRun, type LiveRun } from "./live-run.ts";
import { makeAnswer, type NewRun } from "./make-answer.ts";
import { createRunBus } from "./run-bus.ts";
import { createRunLog, leaseMs } from "./run-log.ts";
import { interruptAbandonedRuns, readRun, type RunReport } from "./run-store.ts";

const abandonedPerCommand = 50;

export interface Runs {
  /** Who makes the runs that begin now, and until when that holds. Throws engine_stopping while the server shuts down. */
  lease(): { ownerNode: string; leaseUntil: number };
  start(run: NewRun): void;
  /** Ends the run if it is being made; what has arrived stays. Throws run_not_found. */
  stop(scope: Scope, runId: string): Promise<Run>;
  stopChat(chatId: string): Promise<void>;
  /** Of a person who is being removed. */
  stopPerson(userId: string): Promise<void>;
  /**
   * The events of a run behind position `after` (UTF-16 units of the answer's text and of the thinking). Throws run_not_found. The reader
   * is released by `signal` or by ending the iteration.
   */
  follow(
    scope: Scope,
    runId: string,
    after: AnswerPosition,
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
  const { database, clock, nodeId } = dependencies;
  const bus = createRunBus();
  const log = createRunLog(dependencies);
  const liveRuns = new Map<string, LiveRun>();
  let isStopping = false;

  async function make(live: LiveRun, start: NewRun): Promise<void> {
    await makeAnswer({ ...dependencies, log }, live, start);
    liveRuns.delete(start.run.id);
  }

  async function stopAllOf(isMeant: (live: LiveRun) => boolean): Promise<void> {
    const meant = [...liveRuns.values()].filter(isMeant);
    meant.forEach((live) => live.interrupt("stopped"));
    await Promise.all(meant.map((live) => live.ended));
  }

  return {
    lease() {
      if (isStopping) {
        throw new AppError("engine_stopping");
      }
      return { ownerNode: nodeId, leaseUntil: clock() + leaseMs };
    },
    start(run) {
      const live = createLiveRun(run, bus, clock);
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
    stopChat: (chatId) => stopAllOf((live) => live.chatId === chatId),
    stopPerson: (userId) => stopAllOf((live) => live.scope.userId === userId),
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
      log.stop();
    },
    async interruptAbandoned({ alone }) {
      let count = 0;
      for (let found = abandonedPerCommand; found === abandonedPerCommand; count += found) {
        found = await database.run(interruptAbandonedRuns, {
          now: clock(),
          node: nodeId,
          alone,
          except: log.unsettled(),
          limit: abandonedPerCommand,
        });
      }
      return count;
    },
    activeCount: () => liveRuns.size,
    followerCount: () => bus.subscriberCount(),
  };
}

function eventsOfEnded({ run, said }: RunReport, after: AnswerPosition): ServerSentEvent<RunEvent>[] {
  const { text, reasoning, reasoningMs: ms } = said;
  const thought = reasoning.slice(after.reasoning);
  const rest = text.slice(after.text);
  const thoughtId = positionId({ text: after.text, reasoning: reasoning.length });
  const id = positionId({ text: text.length, reasoning: reasoning.length });
  return [
    ...(thought ? [{ id: thoughtId, data: { type: "reasoning-delta" as const, text: thought, ms } }] : []),
    ...(rest ? [{ id, data: { type: "text-delta" as const, text: rest } }] : []),
    // Without an end (another process makes this run) the client comes back for more by itself.
    ...(run.endedAt === null ? [] : [{ data: { type: "run-end" as const, run } }]),
  ];
}

async function* oneByOne<Item>(items: readonly Item[]): AsyncGenerator<Item> {
  yield* items;
}
