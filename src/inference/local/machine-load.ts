// What this process and this machine spend their processor time on.
import { cpus } from "node:os";

export interface MachineLoad {
  /** Processor time of all threads of this process so far, in milliseconds. */
  cpuMs(): number;
  /** Cores that were idle on average since the last call. */
  takeIdleCores(): number;
}

export function createMachineLoad(nowMs: () => number): MachineLoad {
  let last = { atMs: nowMs(), idleMs: readIdleMs() };
  return {
    cpuMs() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    takeIdleCores() {
      const before = last;
      last = { atMs: nowMs(), idleMs: readIdleMs() };
      const elapsedMs = last.atMs - before.atMs;
      return elapsedMs > 0 ? (last.idleMs - before.idleMs) / elapsedMs : 0;
    },
  };
}

function readIdleMs(): number {
  return cpus().reduce((sum, { times }) => sum + times.idle, 0);
}
