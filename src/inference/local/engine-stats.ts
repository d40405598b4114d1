// Counters of a running engine, since it was loaded.
import type { WorkerStats } from "./worker-protocol.ts";

export interface StepMeasurement {
  readonly ms: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
}

/** Weight of the newest step in the running mean. */
const newestPart = 0.05;

export function createEngineStats() {
  const counters = { steps: 0, promptTokens: 0, cachedTokens: 0, generatedTokens: 0, meanStepMs: 0 };
  return {
    onStarted(cachedTokens: number): void {
      counters.cachedTokens += cachedTokens;
    },
    onStep({ ms, promptTokens, generatedTokens }: StepMeasurement): void {
      counters.steps += 1;
      counters.promptTokens += promptTokens;
      counters.generatedTokens += generatedTokens;
      counters.meanStepMs = counters.steps === 1 ? ms : counters.meanStepMs + (ms - counters.meanStepMs) * newestPart;
    },
    read(now: Pick<WorkerStats, "runningSequences" | "waitingRequests">): WorkerStats {
      return { ...now, ...counters, residentBytes: process.memoryUsage.rss() };
    },
  };
}
