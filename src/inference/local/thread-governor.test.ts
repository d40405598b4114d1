import { describe, expect, test } from "vitest";
import { createThreadGovernor } from "./thread-governor.ts";

/** A machine in simulated time: each step takes 100 ms, and every thread gets `share` of a core. */
function simulate(mostThreads: number) {
  const machine = { nowMs: 0, share: 1, idleCores: 0 };
  const governor = createThreadGovernor(mostThreads, () => machine.idleCores);
  const run = (steps: number, changes: Partial<typeof machine> = {}) => {
    Object.assign(machine, changes);
    for (let step = 0; step < steps; step += 1) {
      machine.nowMs += 100;
      governor.onStep({ nowMs: machine.nowMs, wallMs: 100, cpuMs: 100 * machine.share * governor.threads });
    }
    return governor.threads;
  };
  return Object.assign(run, { lend: (cores: number) => governor.lend(cores) });
}

describe("the number of threads", () => {
  test("stays while every thread gets its core", () => {
    expect(simulate(2)(100, { share: 0.95 })).toBe(2);
  });

  test("falls to one within a quarter of a second when two threads share a busy core", () => {
    const run = simulate(2);
    expect(run(2, { share: 0.4 })).toBe(2);
    expect(run(1)).toBe(1);
  });

  test("is one less at once while a core is lent, never more for idle cores, and all again at once afterwards", () => {
    const run = simulate(2);
    run.lend(1);
    expect(run(0)).toBe(1);
    expect(run(100, { share: 1, idleCores: 1 })).toBe(1);
    run.lend(0);
    expect(run(0)).toBe(2);
  });

  test("stays lower than what is lent where others take more", () => {
    const run = simulate(16);
    run(3, { share: 0.5 });
    run.lend(1);
    expect(run(0)).toBe(8);
  });

  test("is one at least, whatever is lent", () => {
    const run = simulate(2);
    run.lend(5);
    expect(run(0)).toBe(1);
  });

  test("falls to what the machine really gives on many cores", () => {
    expect(simulate(16)(3, { share: 0.5 })).toBe(8);
  });

  test("rises again when a core is idle", () => {
    const run = simulate(2);
    run(3, { share: 0.4 });
    expect(run(12, { share: 1, idleCores: 0.2 })).toBe(1);
    expect(run(20, { idleCores: 0.9 })).toBe(2);
  });

  test("is tried ever more rarely while every rise turns out too early", () => {
    const run = simulate(2);
    let rises = 0;
    let before = 2;
    for (let step = 0; step < 1200; step += 1) {
      // Alone it looks idle; with two threads they do not get their cores.
      const threads = run(1, { share: before === 1 ? 1 : 0.4, idleCores: 0.9 });
      if (threads > before) rises += 1;
      before = threads;
    }
    expect(rises).toBeGreaterThan(2);
    expect(rises).toBeLessThan(12);
  });

  test("does not follow a single short hiccup", () => {
    const governor = createThreadGovernor(2, () => 0);
    governor.onStep({ nowMs: 60, wallMs: 60, cpuMs: 12 });
    expect(governor.threads).toBe(2);
  });

  test("of one thread is one", () => {
    expect(simulate(1)(50, { share: 0.1, idleCores: 4 })).toBe(1);
  });
});
