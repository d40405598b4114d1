// Finds an engine that lives but does nothing. Time is counted in beats in which this process itself was awake, so that a
// suspended laptop or a stalled server never looks like a hung engine.
import type { WorkerStats } from "./worker-protocol.ts";

export interface HeartbeatLimits {
  readonly beatMs: number;
  /** Longest silence of a ready engine; its event loop stays free during a step, so pongs keep coming. */
  readonly silenceMs: number;
  /** Longest silence while the model loads: a slow disk may take its time between two percents. */
  readonly loadSilenceMs: number;
  /** Longest time in which work is there but no step ends: a large model on a slow machine needs minutes at most. */
  readonly stepMs: number;
}

export const defaultHeartbeatLimits: HeartbeatLimits = {
  beatMs: 1000,
  silenceMs: 10_000,
  loadSilenceMs: 120_000,
  stepMs: 300_000,
};

export type Hang = "silent" | "load-stalled" | "step-stalled";

export interface Heartbeat {
  /** One beat has passed; says whether the engine hangs. */
  beat(phase: "loading" | "ready"): Hang | null;
  heard(): void;
  heardStats(stats: WorkerStats): void;
}

export function createHeartbeat(limits: HeartbeatLimits): Heartbeat {
  let silentBeats = 0;
  let stalledBeats = 0;
  let lastStats: WorkerStats | null = null;
  let isWorking = false;
  return {
    beat(phase) {
      silentBeats += 1;
      stalledBeats = isWorking && phase === "ready" ? stalledBeats + 1 : 0;
      if (phase === "loading") return silentBeats * limits.beatMs > limits.loadSilenceMs ? "load-stalled" : null;
      if (silentBeats * limits.beatMs > limits.silenceMs) return "silent";
      return stalledBeats * limits.beatMs > limits.stepMs ? "step-stalled" : null;
    },
    heard() {
      silentBeats = 0;
    },
    heardStats(stats) {
      isWorking = stats.runningSequences > 0;
      if (stats.steps !== lastStats?.steps) stalledBeats = 0;
      lastStats = stats;
    },
  };
}
