// A clock that the demo sets, so that chats are as old as they claim to be.
import type { Clock } from "../../src/platform/clock.ts";

export interface DemoClock {
  readonly read: Clock;
  advance(ms: number): void;
  set(now: number): void;
}

export function createDemoClock(start: number): DemoClock {
  let now = start;
  return {
    read: () => now,
    advance: (ms) => void (now += ms),
    set: (time) => void (now = time),
  };
}
