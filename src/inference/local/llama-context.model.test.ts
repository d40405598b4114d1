import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type LlamaContext, makeLlamaContext } from "./llama-context.ts";
import type { Pointer } from "./llama-structs.ts";
import { aContextPlan, openStarter, type Starter } from "./open-starter.ts";
import type { ContextPlan } from "./worker-protocol.ts";

let starter: Starter;
let context: LlamaContext;
let greedy: Pointer;

const make = (changes: Partial<ContextPlan> = {}) =>
  makeLlamaContext(starter.api, starter.model, {
    plan: aContextPlan(changes),
    threads: 1,
    abort: null,
    threadPool: null,
  });

beforeAll(async () => {
  starter = await openStarter();
  context = (await make()) as LlamaContext;
  greedy = starter.api.samplerGreedy();
});

afterAll(() => {
  context.free();
  starter.api.samplerFree(greedy);
  starter.model.free();
});

beforeEach(() => {
  for (let sequence = 0; sequence < context.sequences; sequence += 1) context.keepStart(sequence, 0);
  context.beginBatch();
});

async function compute(sequence: number, tokens: readonly number[]): Promise<number> {
  context.beginBatch();
  const rows = tokens.map((token, index) => context.add(sequence, token, index === tokens.length - 1));
  expect(await context.decode()).toBe("ok");
  return rows.at(-1) as number;
}

describe("nothing reaches C unchecked", () => {
  test.each([
    ["an unknown sequence", () => context.add(9, 5, false)],
    ["half a sequence", () => context.add(0.5, 5, false)],
    ["an unknown token", () => context.add(0, 10_000_000, false)],
    ["a negative token", () => context.add(0, -1, false)],
    ["a token that is no number", () => context.add(0, Number.NaN, false)],
    ["keeping more than there is", () => context.keepStart(0, 5)],
    ["copying a sequence onto itself", () => context.copyStart(1, 1, 0)],
    ["sampling a row that is not there", () => context.sample(greedy, 0)],
  ])("%s is refused", (_, use) => {
    expect(use).toThrow(RangeError);
  });

  test("a batch and a sequence can be full", () => {
    for (let count = 0; count < context.batchTokens; count += 1) context.add(0, 5, false);
    expect(() => context.add(1, 5, false)).toThrow(/batch is full/);
  });

  test("nothing is touched while a step runs", async () => {
    context.add(0, 5, true);
    const running = context.decode();
    expect(() => context.add(0, 5, true)).toThrow(/decoding/);
    expect(() => context.keepStart(0, 0)).toThrow(/decoding/);
    expect(() => context.free()).toThrow(/decoding/);
    await running;
  });

  test.each([
    ["no sequence", { sequences: 0 }],
    ["a batch with fewer places than sequences", { sequences: 8, batchTokens: 4 }],
    ["more sequences than the library can", { sequences: 100_000 }],
  ])("a plan with %s is refused", async (_, changes) => {
    await expect(make(changes)).rejects.toThrow(RangeError);
  });
});

describe("the cache", () => {
  const start = [500, 501, 502, 503, 504, 505];

  test("a cut or copied start gives the same next token as computing it all", async () => {
    const whole = context.sample(greedy, await compute(0, [...start, 700]));
    expect(context.keepStart(0, start.length)).toBe(true);
    expect(context.sample(greedy, await compute(0, [700]))).toBe(whole);
    expect(context.copyStart(0, 1, start.length)).toBe(true);
    expect(context.length(1)).toBe(start.length);
    expect(context.sample(greedy, await compute(1, [700]))).toBe(whole);
  });

  test("tokens added but never computed are not taken for computed ones", async () => {
    await compute(2, start);
    context.beginBatch();
    context.add(2, 5, false);
    expect(context.keepStart(2, start.length)).toBe(true);
    context.beginBatch();
    context.add(2, 5, false);
    context.add(2, 5, false);
    // The library has one token fewer than asked for, so the sequence is emptied instead.
    expect(context.keepStart(2, start.length + 1)).toBe(false);
    expect(context.length(2)).toBe(0);
  });

  test("a state that was read fills any sequence again, to the same numbers for the same batches", async () => {
    const corpus = [start, Array.from({ length: 100 }, (_, index) => 900 + index * 3), [7, 7, 7, 9]];
    for (const tokens of corpus) {
      context.keepStart(0, 0);
      await compute(0, tokens);
      const state = context.readState(0) as Uint8Array<ArrayBuffer>;
      expect(state.length).toBe(context.stateBytes(0));
      const wanted = Float32Array.from(context.logits(await compute(0, [700])) as Float32Array);
      expect(context.writeState(3, state, tokens.length)).toBe(true);
      expect(context.length(3)).toBe(tokens.length);
      expect(Float32Array.from(context.logits(await compute(3, [700])) as Float32Array)).toEqual(wanted);
      // Over what was there before, and of another length than said.
      expect(context.writeState(3, state, tokens.length)).toBe(true);
      expect(context.writeState(3, state, tokens.length + 1)).toBe(false);
      expect(context.length(3)).toBe(0);
    }
  });

  test("what is no state leaves the sequence empty", async () => {
    await compute(0, start);
    const state = context.readState(0) as Uint8Array<ArrayBuffer>;
    const other = (await make({ kvType: "q8_0", sequences: 2 })) as LlamaContext;
    expect(other.writeState(0, state, start.length)).toBe(false);
    other.free();
    for (const wrong of [new Uint8Array(0), new Uint8Array(1000), state.slice(0, state.length - 1000)]) {
      await compute(2, [5, 6]);
      expect(context.writeState(2, wrong, start.length)).toBe(false);
      expect(context.length(2)).toBe(0);
    }
  });

  test("works as well with a quantised cache", async () => {
    const quantised = (await make({ kvType: "q8_0", sequences: 2 })) as LlamaContext;
    quantised.beginBatch();
    const row = quantised.add(0, 500, true);
    expect(await quantised.decode()).toBe("ok");
    expect(quantised.sample(greedy, row)).toBeTypeOf("number");
    quantised.free();
  });
});
