import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchState, planBatch, type PlannedSequence, type UserShare } from "./plan-batch.ts";

function aSequence(changes: Partial<PlannedSequence> & { sequence: number }): PlannedSequence {
  return { userId: `user-${changes.sequence}`, lane: "interactive", arrivedMs: 0, promptTokensLeft: 0, ...changes };
}

function aState(sequences: readonly PlannedSequence[], changes: Partial<BatchState> = {}): BatchState {
  return { nowMs: 0, sequences, users: new Map(), batchTokens: 512, promptChunkTokens: 64, ...changes };
}

describe("a step", () => {
  test("every generating sequence gets its token", () => {
    const sequences = [0, 1, 2].map((sequence) => aSequence({ sequence }));
    expect(planBatch(aState(sequences))).toEqual({ generate: [0, 1, 2], prompts: [] });
  });

  test("a prompt comes in chunks while anyone generates", () => {
    const state = aState([aSequence({ sequence: 0 }), aSequence({ sequence: 1, promptTokensLeft: 1700 })]);
    expect(planBatch(state)).toEqual({ generate: [0], prompts: [{ sequence: 1, tokens: 64 }] });
  });

  test("a prompt fills the batch while nobody generates", () => {
    const state = aState([aSequence({ sequence: 1, promptTokensLeft: 1700 })]);
    expect(planBatch(state).prompts).toEqual([{ sequence: 1, tokens: 512 }]);
  });

  test("users share the room of a step", () => {
    const state = aState([
      aSequence({ sequence: 0 }),
      aSequence({ sequence: 1, promptTokensLeft: 1700 }),
      aSequence({ sequence: 2, promptTokensLeft: 1700 }),
    ]);
    expect(planBatch(state).prompts).toEqual([
      { sequence: 1, tokens: 32 },
      { sequence: 2, tokens: 32 },
    ]);
  });

  test("what a short prompt leaves goes to the next", () => {
    const state = aState([
      aSequence({ sequence: 0 }),
      aSequence({ sequence: 1, promptTokensLeft: 10 }),
      aSequence({ sequence: 2, promptTokensLeft: 1700 }),
    ]);
    expect(planBatch(state).prompts).toEqual([
      { sequence: 1, tokens: 10 },
      { sequence: 2, tokens: 54 },
    ]);
  });

  test("many prompts of one user are one share", () => {
    const mine = [1, 2, 3].map((sequence) => aSequence({ sequence, userId: "many", promptTokensLeft: 500 }));
    const other = aSequence({ sequence: 4, userId: "one", promptTokensLeft: 500, arrivedMs: 5 });
    expect(planBatch(aState([aSequence({ sequence: 0 }), ...mine, other])).prompts).toContainEqual({
      sequence: 4,
      tokens: 32,
    });
  });

  test("a weight of 3 gets three times the room", () => {
    const users = new Map<string, UserShare>([["heavy", { weight: 3, lastTurn: -1 }]]);
    const state = aState(
      [
        aSequence({ sequence: 0 }),
        aSequence({ sequence: 1, userId: "heavy", promptTokensLeft: 500 }),
        aSequence({ sequence: 2, promptTokensLeft: 500 }),
      ],
      { users },
    );
    expect(planBatch(state).prompts.map(({ tokens }) => tokens)).toEqual([48, 16]);
  });
});

describe("the order of prompts", () => {
  const generating = aSequence({ sequence: 0 });
  const first = (sequences: readonly PlannedSequence[], changes: Partial<BatchState> = {}) =>
    planBatch(aState([generating, ...sequences], { promptChunkTokens: 16, ...changes })).prompts[0]?.sequence;

  test("people come before programs, programs before batch work", () => {
    const batch = aSequence({ sequence: 1, lane: "batch", promptTokensLeft: 100 });
    const api = aSequence({ sequence: 2, lane: "api", promptTokensLeft: 100 });
    const person = aSequence({ sequence: 3, promptTokensLeft: 100, arrivedMs: 9 });
    expect(first([batch, api, person])).toBe(3);
    expect(first([batch, api])).toBe(2);
  });

  test("waiting long enough outweighs the lane", () => {
    const batch = aSequence({ sequence: 1, lane: "batch", promptTokensLeft: 100 });
    const person = aSequence({ sequence: 2, promptTokensLeft: 100, arrivedMs: 60_000 });
    expect(first([batch, person], { nowMs: 60_000 })).toBe(1);
  });

  test("the user whose turn is longest ago comes first", () => {
    const users = new Map<string, UserShare>([["user-1", { weight: 1, lastTurn: 7 }]]);
    const served = aSequence({ sequence: 1, promptTokensLeft: 100 });
    const unserved = aSequence({ sequence: 2, promptTokensLeft: 100, arrivedMs: 5 });
    expect(first([served, unserved], { users })).toBe(2);
  });

  test("of one user the oldest comes first", () => {
    const young = aSequence({ sequence: 1, userId: "ana", promptTokensLeft: 100, arrivedMs: 5 });
    const old = aSequence({ sequence: 2, userId: "ana", promptTokensLeft: 100, arrivedMs: 1 });
    expect(first([young, old])).toBe(2);
  });
});

const anyState = fc
  .record({
    sequences: fc.array(
      fc.record({
        userId: fc.constantFrom("ana", "ben", "cem"),
        lane: fc.constantFrom("interactive" as const, "api" as const, "batch" as const),
        arrivedMs: fc.nat(100_000),
        promptTokensLeft: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3000 })),
      }),
      { maxLength: 16 },
    ),
    nowMs: fc.nat(100_000),
    batchTokens: fc.integer({ min: 16, max: 512 }),
    promptChunkTokens: fc.integer({ min: 1, max: 600 }),
    weight: fc.double({ min: 0, max: 100, noNaN: true }),
  })
  .map(({ sequences, weight, ...rest }) => ({
    ...rest,
    sequences: sequences.map((sequence, index) => ({ ...sequence, sequence: index })),
    users: new Map<string, UserShare>([["ana", { weight, lastTurn: 3 }]]),
  }));

describe("for every state", () => {
  const always = (name: string, holds: (state: BatchState) => void) =>
    test(name, () => fc.assert(fc.property(anyState, holds), { seed: 1, numRuns: 500 }));

  always("the batch is never larger than allowed, and no prompt gets more than it has", (state) => {
    const { generate, prompts } = planBatch(state);
    const promptTokens = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
    expect(generate.length + promptTokens).toBeLessThanOrEqual(state.batchTokens);
    if (generate.length > 0) expect(promptTokens).toBeLessThanOrEqual(state.promptChunkTokens);
    for (const { sequence, tokens } of prompts) {
      expect(tokens).toBeGreaterThan(0);
      expect(tokens).toBeLessThanOrEqual(state.sequences[sequence]?.promptTokensLeft ?? 0);
    }
  });

  always("every generating sequence gets its token, and no sequence is there twice", (state) => {
    const { generate, prompts } = planBatch(state);
    expect(generate).toEqual(state.sequences.filter((one) => one.promptTokensLeft === 0).map((one) => one.sequence));
    expect(new Set(prompts.map(({ sequence }) => sequence)).size).toBe(prompts.length);
  });

  always("no room is left over while a prompt waits", (state) => {
    const { generate, prompts } = planBatch(state);
    const used = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
    const wanted = state.sequences.reduce((sum, one) => sum + one.promptTokensLeft, 0);
    const left = state.batchTokens - generate.length;
    const room = generate.length > 0 ? Math.min(left, state.promptChunkTokens) : left;
    expect(used).toBe(Math.min(room, wanted));
  });
});

test("every prompt ends, whoever else keeps coming", () => {
  const users = new Map<string, UserShare>();
  let left = 1000;
  for (let step = 0; left > 0; step += 1) {
    expect(step).toBeLessThan(200);
    const crowd = [2, 3, 4].map((sequence) => aSequence({ sequence, promptTokensLeft: 50, arrivedMs: step }));
    const slow = aSequence({ sequence: 1, lane: "batch", promptTokensLeft: left });
    const { prompts } = planBatch(aState([aSequence({ sequence: 0 }), slow, ...crowd], { users, nowMs: step * 1000 }));
    for (const { sequence } of prompts) users.set(`user-${sequence}`, { weight: 1, lastTurn: step });
    left -= prompts.find(({ sequence }) => sequence === 1)?.tokens ?? 0;
  }
});
