// Grammars on the real library with made-up logits: what the engine relies on so that no answer ends its process.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { walkGrammars } from "../../../tests/support/walk-grammars.ts";
import { schemaGrammar } from "../grammar/schema-grammar.ts";
import { openStarter, type Starter } from "./open-starter.ts";
import { makeSamplerChain, readSamplerSettings } from "./sampler-chain.ts";
import { createThinkingLimit } from "./thinking-limit.ts";
import { createTokenChooser } from "./token-chooser.ts";

let starter: Starter;
beforeAll(async () => {
  starter = await openStarter();
});
afterAll(() => starter.model.free());

test("100 random schemas against random logits, biases and stops: every whole answer fits its schema", () => {
  const walks = walkGrammars(starter, { seed: 20_261_124, count: 100 });
  expect(walks.faults).toEqual([]);
  expect(walks.whole).toBeGreaterThan(50);
  expect(walks.refused).toBeLessThan(33);
}, 300_000);

describe("A chooser", () => {
  const withChooser = (
    grammar: string | null,
    logitBias: Record<string, number>,
    use: (choose: (logits: Float32Array) => number | null) => void,
  ) => {
    const { api, model } = starter;
    const settings = readSamplerSettings({ temperature: 0 });
    const { vocabularySize } = model;
    const chain = makeSamplerChain(api, settings, { vocabularySize, maxTokens: 9, prompt: Int32Array.of(1) });
    try {
      const chooser = createTokenChooser(api, model, {
        grammar: grammar === null ? null : { text: grammar },
        logitBias,
        chain,
      });
      use((logits) => chooser.choose(logits));
      chooser.free();
    } finally {
      api.samplerFree(chain);
    }
  };
  const flat = () => new Float32Array(starter.model.vocabularySize);
  const tokenOf = (text: string) => starter.model.tokenize([{ kind: "text", text }])[0] as number;

  test("follows the bias where there is no grammar", () => {
    withChooser(null, { 700: 5 }, (choose) => expect(choose(flat())).toBe(700));
  });

  test("lets the grammar win over a bias for and against", () => {
    const grammar = schemaGrammar({ const: 1 }, { strict: false });
    withChooser(grammar, { [tokenOf("1")]: -100, 700: 100 }, (choose) => {
      expect(choose(flat())).toBe(tokenOf("1"));
      const end = choose(flat()) as number;
      expect(starter.model.endsGeneration(end)).toBe(true);
    });
  });

  test("says that no token is left, and the process lives", () => {
    const grammar = schemaGrammar({ const: 1 }, { strict: false });
    withChooser(grammar, {}, (choose) => expect(choose(flat().fill(-Infinity))).toBeNull());
  });

  test("never writes a control token's name or bytes that are no text", () => {
    const start = tokenOf('"');
    const control = starter.model.tokenize([{ kind: "control", text: "<|im_start|>" }])[0] as number;
    withChooser(schemaGrammar({ type: "string" }, { strict: false }), {}, (choose) => {
      const logits = flat();
      logits[start] = 9;
      expect(choose(logits)).toBe(start);
      logits[control] = 20;
      expect(choose(logits)).toBe(start);
    });
  });

  test("ends a thinking that takes too long, and the grammar begins there", () => {
    const { api, model } = starter;
    const { vocabularySize } = model;
    const settings = readSamplerSettings({ temperature: 0 });
    const chain = makeSamplerChain(api, settings, { vocabularySize, maxTokens: 40, prompt: Int32Array.of(1) });
    const start = { thinking: { open: "<think>", close: "</think>", isOpen: true }, marks: [], isNeeded: true };
    const close = "\n</think>\n\n";
    const tokens = [...model.tokenize([{ kind: "control", text: close }], { addBegin: false })];
    const thinkingLimit = createThinkingLimit({ tokens: 2, end: start, close }, tokens);
    const grammar = { text: 'root ::= "yes"\n', start };
    const chooser = createTokenChooser(api, model, { grammar, logitBias: {}, chain, thinkingLimit });
    try {
      const logits = flat();
      const [word] = model.tokenize([{ kind: "text", text: " hmm" }]) as unknown as [number];
      logits[word] = 9;
      const written: number[] = [];
      for (let step = 0; step < 40; step += 1) {
        const token = chooser.choose(logits) as number;
        if (model.endsGeneration(token)) break;
        written.push(token);
      }
      const piece = model.detokenize([word]);
      expect(model.detokenize(written)).toBe(`${piece}${piece}${close}yes`);
    } finally {
      chooser.free();
      api.samplerFree(chain);
    }
  });

  test("refuses a grammar that cannot be read and a token that does not exist", () => {
    expect(() => withChooser("root ::= (", {}, () => undefined)).toThrow(
      expect.objectContaining({ code: "invalid_grammar" }),
    );
    expect(() => withChooser(null, { 999_999: 1 }, () => undefined)).toThrow(
      expect.objectContaining({ code: "invalid_request" }),
    );
  });
});
