import { describe, expect, test } from "vitest";
import { type BatchState, nothingOwed, planBatch, type PlannedSequence, type PromptsOwed } from "./plan-batch.ts";
import { type StepRoom, tileTokens } from "./prompt-pace.ts";

function aSequence(changes: Partial<PlannedSequence> & { sequence: number }): PlannedSequence {
  const { sequence } = changes;
  return {
    userId: `user-${sequence}`,
    weight: 1,
    lane: "interactive",
    arrivedMs: 0,
    promptTokensLeft: 0,
    length: 0,
    ...changes,
  };
}

function aState(sequences: readonly PlannedSequence[], changes: Partial<BatchState> = {}): BatchState {
  return { nowMs: 0, sequences, owed: nothingOwed, batchTokens: 512, room: roomFor(tileTokens), ...changes };
}

/** Room for so many tokens, of a millisecond each. */
function roomFor(tokens: number): StepRoom {
  return { roomMs: tokens, tokenMs: 1, tokenMsPerLength: 0 };
}

/** So many tokens ahead of the others. */
const ahead = (userId: string, tokens: number): PromptsOwed => ({
  ...nothingOwed,
  users: new Map([[userId, -tokens]]),
});

describe("a step", () => {
  const generating = aSequence({ sequence: 0 });
  const promptsOf = (sequences: readonly PlannedSequence[], changes: Partial<BatchState> = {}) =>
    planBatch(aState([generating, ...sequences], changes)).prompts;

  test("every generating sequence gets its token", () => {
    const sequences = [0, 1, 2].map((sequence) => aSequence({ sequence }));
    expect(planBatch(aState(sequences))).toMatchObject({ generate: [0, 1, 2], prompts: [] });
  });

  test("a prompt takes the room beside answers and no more", () => {
    const prompt = aSequence({ sequence: 1, promptTokensLeft: 1700 });
    expect(planBatch(aState([generating, prompt]))).toMatchObject({
      generate: [0],
      prompts: [{ sequence: 1, tokens: 65 }],
    });
    expect(promptsOf([prompt], { room: roomFor(100) })).toEqual([{ sequence: 1, tokens: 97 }]);
    expect(promptsOf([prompt], { room: roomFor(40) })).toEqual([{ sequence: 1, tokens: 32 }]);
  });

  test("no batch is larger than the library takes, however much room there is", () => {
    const prompt = aSequence({ sequence: 1, promptTokensLeft: 1700 });
    const [chunk] = planBatch(aState([prompt], { room: roomFor(10_000) })).prompts;
    expect(chunk?.tokens).toBeGreaterThan(512 - 16);
    expect(chunk?.tokens).toBeLessThanOrEqual(512);
  });

  test("where not even the smallest chunk fits, it is taken all the same", () => {
    const prompt = aSequence({ sequence: 1, promptTokensLeft: 1700 });
    expect(promptsOf([prompt], { room: roomFor(0) })).toEqual([{ sequence: 1, tokens: 32 }]);
  });

  test("a token far into a context takes longer, so fewer fit", () => {
    const room = { roomMs: 130, tokenMs: 1, tokenMsPerLength: 0.001 };
    const tokens = (length: number) =>
      promptsOf([aSequence({ sequence: 1, promptTokensLeft: 1000, length })], { room })[0]?.tokens;
    expect(tokens(0)).toBe(113);
    expect(tokens(900)).toBe(65);
    // Parts of a tile cost half as much again.
    expect(tokens(1200)).toBe(32);
  });

  test("users share the room of a step, a tile at a time", () => {
    const sequences = [1, 2].map((sequence) => aSequence({ sequence, promptTokensLeft: 1700 }));
    expect(promptsOf(sequences, { room: roomFor(130) })).toEqual([
      { sequence: 1, tokens: 65 },
      { sequence: 2, tokens: 65 },
    ]);
  });

  test("room for one tile goes to one prompt, and in the next step to the other", () => {
    const sequences = [1, 2].map((sequence) => aSequence({ sequence, promptTokensLeft: 1700 }));
    const first = planBatch(aState([generating, ...sequences]));
    expect(first.prompts).toEqual([{ sequence: 1, tokens: 65 }]);
    expect(promptsOf(sequences, { owed: first.owed })).toEqual([{ sequence: 2, tokens: 65 }]);
  });

  test("what a short prompt leaves goes to the next, if a tile of it fits", () => {
    const short = aSequence({ sequence: 1, promptTokensLeft: 10 });
    const long = aSequence({ sequence: 2, promptTokensLeft: 1700 });
    expect(promptsOf([short, long], { room: roomFor(80) })).toEqual([
      { sequence: 1, tokens: 10 },
      { sequence: 2, tokens: 65 },
    ]);
    expect(promptsOf([short, long])).toEqual([{ sequence: 1, tokens: 10 }]);
  });

  test("many prompts of one user are one share, and take turns in it", () => {
    const mine = [1, 2, 3].map((sequence) => aSequence({ sequence, userId: "many", promptTokensLeft: 500 }));
    const other = aSequence({ sequence: 4, userId: "one", promptTokensLeft: 500, arrivedMs: 5 });
    let state = aState([generating, ...mine, other], { room: roomFor(130) });
    const first = planBatch(state);
    state = { ...state, owed: first.owed };
    expect(first.prompts.map(({ sequence }) => sequence)).toEqual([1, 4]);
    expect(planBatch(state).prompts.map(({ sequence }) => sequence)).toEqual([2, 4]);
  });

  test("a weight of 3 gets three times the room", () => {
    const heavy = aSequence({ sequence: 1, userId: "heavy", weight: 3, promptTokensLeft: 5000 });
    const light = aSequence({ sequence: 2, promptTokensLeft: 5000 });
    const got = new Map<number, number>();
    let owed = nothingOwed;
    for (let step = 0; step < 40; step += 1) {
      const planned = planBatch(aState([generating, heavy, light], { owed }));
      ({ owed } = planned);
      for (const { sequence, tokens } of planned.prompts) got.set(sequence, (got.get(sequence) ?? 0) + tokens);
    }
    expect(got.get(1)).toBe(30 * tileTokens);
    expect(got.get(2)).toBe(10 * tileTokens);
  });
});

describe("the order of prompts", () => {
  const generating = aSequence({ sequence: 0 });
  const first = (sequences: readonly PlannedSequence[], changes: Partial<BatchState> = {}) =>
    planBatch(aState([generating, ...sequences], changes)).prompts[0]?.sequence;

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

  test("a user who is ahead of the share waits for one who is not", () => {
    const served = aSequence({ sequence: 1, promptTokensLeft: 100 });
    const unserved = aSequence({ sequence: 2, promptTokensLeft: 100, arrivedMs: 5 });
    expect(first([served, unserved])).toBe(1);
    expect(first([served, unserved], { owed: ahead("user-1", 20) })).toBe(2);
  });

  test("to leave and come back gains nothing", () => {
    const other = aSequence({ sequence: 2, promptTokensLeft: 1700, arrivedMs: 5 });
    const { owed } = planBatch(aState([generating, other], { owed: ahead("user-1", 200) }));
    expect(owed.users.get("user-1")).toBeCloseTo(tileTokens - 200);
    expect(first([aSequence({ sequence: 1, promptTokensLeft: 100 }), other], { owed })).toBe(2);
  });

  test("of one user the oldest comes first", () => {
    const young = aSequence({ sequence: 1, userId: "ana", promptTokensLeft: 100, arrivedMs: 5 });
    const old = aSequence({ sequence: 2, userId: "ana", promptTokensLeft: 100, arrivedMs: 1 });
    expect(first([young, old])).toBe(2);
  });
});

test("every prompt ends, whoever else keeps coming", () => {
  let owed = nothingOwed;
  let left = 1000;
  for (let step = 0; left > 0; step += 1) {
    expect(step).toBeLessThan(200);
    const crowd = [2, 3, 4].map((sequence) =>
      aSequence({ sequence, userId: `user-${step}-${sequence}`, promptTokensLeft: 50, arrivedMs: step * 1000 }),
    );
    const slow = aSequence({ sequence: 1, lane: "batch", promptTokensLeft: left });
    const planned = planBatch(aState([aSequence({ sequence: 0 }), slow, ...crowd], { owed, nowMs: step * 1000 }));
    ({ owed } = planned);
    left -= planned.prompts.find(({ sequence }) => sequence === 1)?.tokens ?? 0;
  }
});
