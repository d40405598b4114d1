// Brings what live runs have written to disk: one timer and one command for all of them, so one group commit however
// many answers are being written. It also renews their leases and ends them.
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { AppError } from "../../../platform/errors.ts";
import type { Logger } from "../../../platform/logger.ts";
import type { AnswerPosition } from "./answer-text.ts";
import type { LiveRun } from "./live-run.ts";
import { appendRunEvents, renewLeases, type RunOutcome, type RunText, settleRun } from "./run-store.ts";

/** From the end of a flush to the next one; with the commit itself, text is on disk within 200 ms on any usual disk. */
export const flushIntervalMs = 100;
/** While the disk refuses, which every second of a full disk would otherwise be told ten times. */
const retryIntervalMs = 500;
/** How long a run stays its process's own without a sign of life. */
export const leaseMs = 30_000;
const renewWhenLeftMs = 20_000;

export interface RunLog {
  add(live: LiveRun): void;
  /**
   * Writes the end of a run: text, outcome and the removal of its log at once. False where the run was taken over in
   * the meantime; throws what the database throws.
   */
  settle(live: LiveRun, outcome: RunOutcome, endedAt: number): Promise<boolean>;
  /** For an end that the disk refused for long: tried with each flush from now on, until it is kept. */
  settleLater(live: LiveRun, outcome: RunOutcome, endedAt: number): void;
  /** The runs whose end waits for that. */
  unsettled(): string[];
  /** For shutdown: what could not be kept until now is given up. */
  stop(): void;
}

export interface RunLogDependencies {
  readonly database: Database;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn" | "error">;
  readonly nodeId: string;
}

interface EndedRun {
  readonly live: LiveRun;
  readonly outcome: RunOutcome;
  readonly endedAt: number;
}

interface LoggedRun {
  readonly live: LiveRun;
  /** How much of the answer is on disk. */
  written: AnswerPosition;
  nextSeq: number;
  leaseUntil: number;
}

export function createRunLog(dependencies: RunLogDependencies): RunLog {
  const { logger } = dependencies;
  const runs = new Map<string, LoggedRun>();
  const unsettled = new Set<EndedRun>();
  let timer: NodeJS.Timeout | undefined;
  let flushing: Promise<void> = Promise.resolve();
  let isFailing = false;

  function schedule(): void {
    if (!timer && runs.size + unsettled.size > 0) {
      timer = setTimeout(
        () => {
          flushing = flush().finally(() => {
            timer = undefined;
            schedule();
          });
        },
        isFailing ? retryIntervalMs : flushIntervalMs,
      );
    }
  }

  async function flush(): Promise<void> {
    try {
      const lost = [...(await writeTexts(dependencies, runs)), ...(await renew(dependencies, runs))];
      for (const runId of lost) {
        logger.warn({ event: "run-lost", runId });
        runs.get(runId)?.live.interrupt("interrupted");
        runs.delete(runId);
      }
      isFailing = !(await writeLateEnds());
    } catch (error) {
      // Nothing is lost yet: the text stays in memory and goes with the next flush.
      if (!isFailing) {
        logger.error({ event: "run-log-not-written", err: error, runs: runs.size + unsettled.size });
      }
      isFailing = true;
    }
  }

  /** False while the disk refuses. What fails for another reason is left to its lease. */
  async function writeLateEnds(): Promise<boolean> {
    for (const ended of unsettled) {
      const runId = ended.live.run.id;
      try {
        await writeEnd(dependencies, ended);
        logger.warn({ event: "run-settled-late", runId });
      } catch (error) {
        if (error instanceof AppError && error.retryable) {
          return false;
        }
        logger.error({ event: "run-not-settled", err: error, runId });
      }
      unsettled.delete(ended);
    }
    return true;
  }

  return {
    add(live) {
      runs.set(live.run.id, { live, written: lengthOf(live), nextSeq: 1, leaseUntil: live.leaseUntil });
      schedule();
    },
    async settle(live, outcome, endedAt) {
      runs.delete(live.run.id);
      // A flush under way may still hold this run's text; it must not come after the end.
      await flushing;
      return writeEnd(dependencies, { live, outcome, endedAt });
    },
    settleLater(live, outcome, endedAt) {
      unsettled.add({ live, outcome, endedAt });
      schedule();
    },
    unsettled: () => [...unsettled].map(({ live }) => live.run.id),
    stop() {
      unsettled.clear();
    },
  };
}

function lengthOf({ answer, reasoning }: LiveRun): AnswerPosition {
  return { text: answer.length, reasoning: reasoning.length };
}

/** False where the run was taken over in the meantime. */
function writeEnd({ database, nodeId }: RunLogDependencies, { live, outcome, endedAt }: EndedRun): Promise<boolean> {
  return database.run(settleRun, {
    runId: live.run.id,
    node: nodeId,
    fence: live.fence,
    said: { text: live.answer.from(0), reasoning: live.reasoning.from(0), reasoningMs: live.reasoningMs() },
    outcome,
    now: endedAt,
  });
}

/** Answers the runs that are not this process's any more, like `renew`. */
async function writeTexts(
  { database, clock, nodeId }: RunLogDependencies,
  runs: ReadonlyMap<string, LoggedRun>,
): Promise<string[]> {
  const texts: RunText[] = [];
  for (const { live, written, nextSeq } of runs.values()) {
    const said = {
      text: live.answer.from(written.text),
      reasoning: live.reasoning.from(written.reasoning),
      reasoningMs: live.reasoningMs(),
    };
    if (said.text || said.reasoning) {
      texts.push({ runId: live.run.id, fence: live.fence, seq: nextSeq, said });
    }
  }
  if (texts.length === 0) {
    return [];
  }
  const lost = await database.run(appendRunEvents, { node: nodeId, now: clock(), texts });
  for (const { runId, said } of texts) {
    const logged = runs.get(runId);
    if (logged) {
      const { text, reasoning } = logged.written;
      logged.written = { text: text + said.text.length, reasoning: reasoning + said.reasoning.length };
      logged.nextSeq += 1;
    }
  }
  return lost;
}

async function renew(
  { database, clock, nodeId }: RunLogDependencies,
  runs: ReadonlyMap<string, LoggedRun>,
): Promise<string[]> {
  const now = clock();
  const due = [...runs.values()].filter(({ leaseUntil }) => leaseUntil - now < renewWhenLeftMs);
  if (due.length === 0) {
    return [];
  }
  const leaseUntil = now + leaseMs;
  const names = due.map(({ live }) => ({ runId: live.run.id, fence: live.fence }));
  const lost = await database.run(renewLeases, { node: nodeId, leaseUntil, runs: names });
  for (const logged of due) {
    logged.leaseUntil = leaseUntil;
  }
  return lost;
}
