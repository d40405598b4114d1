// Random schemas against random logits through the real grammar sampler, with no forward pass: every answer that ends is
// judged by a validator of somebody else's.
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { createAnswer } from "../../src/inference/local/answer.ts";
import type { Starter } from "../../src/inference/local/open-starter.ts";
import { readSamplerSettings } from "../../src/inference/local/sampler-chain.ts";
import { schemaGrammar } from "../../src/inference/grammar/schema-grammar.ts";
import { AppError } from "../../src/platform/errors.ts";
import { type Random, randomSchema, type Schema } from "./random-schemas.ts";
import { seededRandom } from "./seeded-random.ts";

export interface GrammarWalks {
  /** Whole answers, each of which fits its schema unless it is among the faults. */
  whole: number;
  /** Ended by max_tokens or by a text of `stop`. */
  cut: number;
  /** Schemas that no value fits, or whose options begin too much alike. */
  refused: number;
  faults: string[];
}

const maxTokens = 80;

export function walkGrammars(starter: Starter, { seed, count }: { seed: number; count: number }): GrammarWalks {
  const walks: GrammarWalks = { whole: 0, cut: 0, refused: 0, faults: [] };
  const closers = closingTokens(starter);
  const noise = Float32Array.from({ length: starter.model.vocabularySize * 3 }, seededRandom(seed));
  for (let index = 0; index < count; index += 1) {
    const random = seededRandom(seed + index);
    const schema = randomSchema(random);
    try {
      walkOne(starter, schema, { random, walks, closers, noise });
    } catch (error) {
      const isRefusal =
        error instanceof AppError && ["unsatisfiable_schema", "unsupported_schema"].includes(error.code);
      if (isRefusal) walks.refused += 1;
      else walks.faults.push(`seed ${seed + index}: ${String(error)} for ${JSON.stringify(schema)}`);
    }
  }
  return walks;
}

interface Walk {
  readonly random: Random;
  readonly walks: GrammarWalks;
  readonly closers: Int32Array;
  /** Logits start anywhere in it: making them anew for each token takes longer than all else. */
  readonly noise: Float32Array;
}

function walkOne({ api, model }: Starter, schema: Schema, { random, walks, closers, noise }: Walk): void {
  const grammar = schemaGrammar(schema, { strict: false });
  const bias = () => Math.round(random() * 200 - 100);
  const tokens = Array.from({ length: Math.floor(random() * 30) }, () => Math.floor(random() * model.vocabularySize));
  const stop = random() < 0.2 ? ["}]"] : [];
  const command = {
    type: "generate",
    requestId: "walk",
    prompt: [],
    sampling: {},
    maxOutputTokens: maxTokens,
    stop,
    grammar: { text: grammar },
    logitBias: random() < 0.3 ? Object.fromEntries(tokens.map((token) => [token, bias()])) : {},
    userId: "ana",
    lane: "interactive",
    cacheScope: "ana",
  } as const;
  const settings = readSamplerSettings({
    temperature: random() < 0.3 ? 0 : random() * 2,
    topK: random() < 0.3 ? 0 : 40,
    repeatPenalty: random() < 0.3 ? 1.2 : 1,
    seed: Math.floor(random() * 2 ** 31),
  });
  const request = { command, prompt: Int32Array.of(1), sharedTokens: 0, settings, context: 0, arrivedMs: 0 };
  const answer = createAnswer(api, model, request, { cachedTokens: 0, startedMs: 0, tokensPerSequence: 1_000 });
  const logits = new Float32Array(model.vocabularySize);
  let text = "";
  let endedItself = false;
  try {
    for (let step = 0, finished = false; !finished; step += 1) {
      const from = Math.floor(random() * (noise.length - logits.length));
      logits.set(noise.subarray(from, from + logits.length));
      // The longer the answer, the likelier what closes something.
      for (const token of closers) logits[token] = (logits[token] as number) + step / 12;
      const token = answer.chooser?.choose(logits) ?? null;
      if (token === null) throw new Error(`no token was left behind ${text}`);
      const taken = answer.accept(token, true);
      text += taken.text;
      finished = taken.finishReason !== null;
      endedItself = model.endsGeneration(token);
    }
  } finally {
    answer.free();
  }
  if (!endedItself) walks.cut += 1;
  else {
    walks.whole += 1;
    const problem = judge(schema, text);
    if (problem !== null) throw new Error(`${text} is wrong: ${problem}`);
  }
}

/** Why a whole answer does not fit its schema, or null. */
export function judge(schema: Schema, text: string): string | null {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const isValid = ajv.compile(schema);
  return isValid(JSON.parse(text)) ? null : JSON.stringify(isValid.errors);
}

function closingTokens({ model }: Starter): Int32Array {
  const closing = /^["\]}]+$|^[\]}",]+$/;
  const tokens = Array.from({ length: model.vocabularySize }, (_, token) => token);
  return Int32Array.from(
    tokens.filter((token) => {
      return model.endsGeneration(token) || closing.test(Buffer.from(model.piece(token)).toString("latin1"));
    }),
  );
}
