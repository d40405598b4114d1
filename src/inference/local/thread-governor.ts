// How many threads compute a step. llama.cpp's threads wait for each other by spinning, some hundred times per step, so
// one that does not get its core makes a step tens of times slower: beside other busy programs fewer threads are faster.
// Pure: it is told what each step took, and asks for nothing but the cores that were idle.

export interface StepCost {
  readonly nowMs: number;
  readonly wallMs: number;
  /** Processor time of this process in the meantime. */
  readonly cpuMs: number;
}

export interface ThreadGovernor {
  readonly threads: number;
  /** Learns from a step; `threads` holds for the next one. */
  onStep(cost: StepCost): void;
  /** Leaves so many cores to others from the next step on, whatever steps cost; 0 takes them back at once. */
  lend(cores: number): void;
}

/** Shorter looks would follow every hiccup, longer ones let answers stand still for two slow steps. */
const lookMs = 250;
/** On a quiet machine the threads get over 80 % of what they ask for; at half, two are no faster than one. */
const leastShare = 0.55;
const leastIdleCores = 0.7;
const raiseAfterMs = 1000;
const longestRaiseAfterMs = 30_000;
/** Threads that had to go again within this time were given back too early. */
const tooEarlyMs = 5000;

/** `takeIdleCores`: how many cores were idle on average since it was last asked. */
export function createThreadGovernor(allThreads: number, takeIdleCores: () => number): ThreadGovernor {
  let mostThreads = allThreads;
  let threads = allThreads;
  let wallMs = 0;
  let cpuMs = 0;
  let raisedAtMs = -Infinity;
  let mayRaiseAtMs = 0;
  let patienceMs = raiseAfterMs;

  const lower = (share: number, nowMs: number) => {
    threads = Math.max(1, Math.min(threads - 1, Math.round(threads * share)));
    patienceMs = nowMs - raisedAtMs < tooEarlyMs ? Math.min(patienceMs * 2, longestRaiseAfterMs) : raiseAfterMs;
    mayRaiseAtMs = nowMs + patienceMs;
    takeIdleCores();
  };
  const raise = (nowMs: number) => {
    mayRaiseAtMs = nowMs + patienceMs;
    const idleCores = takeIdleCores();
    if (idleCores < leastIdleCores) return;
    threads = Math.min(mostThreads, threads + Math.max(1, Math.floor(idleCores)));
    raisedAtMs = nowMs;
  };

  return {
    get threads() {
      return threads;
    },
    onStep(cost) {
      wallMs += cost.wallMs;
      cpuMs += cost.cpuMs;
      if (wallMs < lookMs) return;
      const share = cpuMs / (wallMs * threads);
      wallMs = 0;
      cpuMs = 0;
      if (threads > 1 && share < leastShare) lower(share, cost.nowMs);
      else if (threads < mostThreads && cost.nowMs >= mayRaiseAtMs) raise(cost.nowMs);
    },
    lend(cores) {
      const before = mostThreads;
      mostThreads = Math.max(1, allThreads - cores);
      threads = mostThreads > before ? mostThreads : Math.min(threads, mostThreads);
      wallMs = 0;
      cpuMs = 0;
    },
  };
}
