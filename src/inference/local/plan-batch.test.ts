import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BatchState, planBatch, type PlannedSequence, tileTokens, type UserShare } from "./plan-batch.ts";

function aSequence(changes: Partial<PlannedSequence> & { sequence: number }): PlannedSequence {
  const { sequence } = changes;
  return { userId: `user-${sequence}`, lane: "interactive", arrivedMs: 0, promptTokensLeft: 0, length: 0, ...changes };
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
    expect(planBatch({ ...state, promptChunkTokens: 160 }).prompts).toEqual([
      { sequence: 1, tokens: 80 },
      { sequence: 2, tokens: 80 },
    ]);
  });

  test("room for one tile goes to one prompt, and in the next step to the other", () => {
    const sequences = [0, 1, 2].map((sequence) => aSequence({ sequence, promptTokensLeft: sequence * 1700 }));
    expect(planBatch(aState(sequences)).prompts).toEqual([{ sequence: 1, tokens: 64 }]);
    const users = new Map<string, UserShare>([["user-1", { weight: 1, lastTurn: 1 }]]);
    expect(planBatch(aState(sequences, { users })).prompts).toEqual([{ sequence: 2, tokens: 64 }]);
  });

  test("the rest of a long prompt that is smaller than a tile takes more of the room beside answers", () => {
    const rest = aSequence({ sequence: 1, promptTokensLeft: 60, length: 1640 });
    const tokens = (sequences: readonly PlannedSequence[]) => planBatch(aState(sequences)).prompts[0]?.tokens;
    expect(tokens([aSequence({ sequence: 0 }), rest])).toBe(43);
    expect(tokens([aSequence({ sequence: 0 }), { ...rest, length: 20 }])).toBe(60);
    expect(tokens([rest])).toBe(60);
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
    const state = aState([aSequence({ sequence: 0 }), ...mine, other], { promptChunkTokens: 160 });
    expect(planBatch(state).prompts).toContainEqual({ sequence: 4, tokens: 80 });
  });

  test("a weight of 3 gets three times the room", () => {
    const users = new Map<string, UserShare>([["heavy", { weight: 3, lastTurn: -1 }]]);
    const state = aState(
      [
        aSequence({ sequence: 0 }),
        aSequence({ sequence: 1, userId: "heavy", promptTokensLeft: 500 }),
        aSequence({ sequence: 2, promptTokensLeft: 500 }),
      ],
      { users, promptChunkTokens: 400 },
    );
    expect(planBatch(state).prompts.map(({ tokens }) => tokens)).toEqual([300, 100]);
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
        length: fc.nat(3000),
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

  always("no room is left over while a prompt waits, but for what a rest far into a context costs more", (state) => {
    const { generate, prompts } = planBatch(state);
    const used = prompts.reduce((sum, { tokens }) => sum + tokens, 0);
    const wanted = state.sequences.reduce((sum, one) => sum + one.promptTokensLeft, 0);
    const left = state.batchTokens - generate.length;
    const room = generate.length > 0 ? Math.min(left, state.promptChunkTokens) : left;
    const isDear = ({ sequence, tokens }: { sequence: number; tokens: number }) =>
      tokens < tileTokens && (state.sequences[sequence]?.length ?? 0) >= 256;
    if (generate.length > 0 && prompts.some(isDear))
      expect(used).toBeGreaterThanOrEqual(Math.floor(Math.min(room, wanted) / 2));
    else expect(used).toBe(Math.min(room, wanted));
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
