// Steps that the library refuses, on a real context whose verdicts are overruled.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createAnswer } from "./answer.ts";
import { runStep } from "./engine-step.ts";
import { type DecodeResult, type LlamaContext, makeLlamaContext } from "./llama-context.ts";
import { aContextPlan, askStarter, openStarter, type Starter } from "./open-starter.ts";
import { readSamplerSettings } from "./sampler-chain.ts";
import { createSequenceTable, type SequenceTable } from "./sequence-table.ts";

let starter: Starter;
let context: LlamaContext;
let table: SequenceTable;
/** For each coming decode: what to say, and whether the batch is computed before. */
let verdicts: { result: DecodeResult; computed: boolean }[];

beforeAll(async () => {
  starter = await openStarter();
  const plan = aContextPlan({ sequences: 3 });
  const real = (await makeLlamaContext(starter.api, starter.model, {
    plan,
    threads: 1,
    abort: null,
    threadPool: null,
  })) as LlamaContext;
  context = {
    ...real,
    async decode() {
      const verdict = verdicts.shift();
      if (verdict === undefined) return real.decode();
      if (verdict.computed) await real.decode();
      return verdict.result;
    },
  };
});

afterAll(() => {
  context.free();
  starter.model.free();
});

const promptTokens = () => starter.model.tokenize(askStarter("Hi")).length;

beforeEach(() => {
  verdicts = [];
  for (let sequence = 0; sequence < 3; sequence += 1) context.keepStart(sequence, 0);
  table = createSequenceTable(context, { nowMs: () => 0, beforeLoss: () => undefined, wantsStart: () => false });
  for (const requestId of ["a", "b"]) {
    const command = {
      type: "generate",
      requestId,
      prompt: [],
      sampling: {},
      maxOutputTokens: 9,
      stop: [],
      userId: requestId,
      lane: "interactive",
      cacheScope: requestId,
    } as const;
    const settings = readSamplerSettings({ temperature: 0 });
    const prompt = starter.model.tokenize(askStarter("Hi"));
    const request = { command, prompt, sharedTokens: 0, settings, context: 0, arrivedMs: 0 };
    const started = { cachedTokens: 0, startedMs: 0, tokensPerSequence: 512 };
    table.start(request, () => createAnswer(starter.api, starter.model, request, started));
  }
});

const bothPrompts = () => ({ generate: [], prompts: [0, 1].map((sequence) => ({ sequence, tokens: promptTokens() })) });

describe("a batch that the library refuses", () => {
  test.each([
    ["without having computed it", { result: "no-room", computed: false }],
    ["after having computed it", { result: "failed", computed: true }],
  ] as const)("%s is computed again in parts, with the same tokens", async (_, verdict) => {
    verdicts = [verdict];
    const { sampled } = await runStep(table, bothPrompts());
    expect(sampled.map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(sampled[0]?.token).toBeTypeOf("number");
    expect(sampled[1]?.token).toBe(sampled[0]?.token);
    expect([context.length(0), context.length(1)]).toEqual([promptTokens(), promptTokens()]);
  });

  test("fails only the sequence that cannot be computed alone", async () => {
    const refused = { result: "no-room", computed: false } as const;
    verdicts = [refused, { result: "ok", computed: true }, refused];
    const { sampled } = await runStep(table, bothPrompts());
    expect(sampled[0]?.token).toBeTypeOf("number");
    expect(sampled[1]).toEqual({ sequence: 1, token: null });
  });

  test("is left alone when the step was aborted", async () => {
    verdicts = [{ result: "aborted", computed: false }];
    expect(await runStep(table, bothPrompts())).toEqual({ aborted: true, sampled: [] });
  });
});
