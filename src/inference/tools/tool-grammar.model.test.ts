// Calls written by random logits under their grammar, on a real vocabulary: whatever comes out is read back as a call of a
// known tool whose arguments fit its schema.
import { Ajv } from "ajv";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../../tests/support/seeded-random.ts";
import { openStarter, type Starter } from "../local/open-starter.ts";
import { makeSamplerChain, readSamplerSettings } from "../local/sampler-chain.ts";
import { createTokenChooser } from "../local/token-chooser.ts";
import { createToolCallReader } from "./read-tool-calls.ts";
import { toolGrammar } from "./tool-grammar.ts";
import { findToolSyntax, hermesSyntax, type ToolSyntax } from "./tool-syntax.ts";

const tools = [
  {
    name: "get_weather",
    parameters: {
      type: "object",
      properties: {
        city: { type: "string", maxLength: 20 },
        unit: { enum: ["c", "f"] },
        days: { type: "integer", minimum: 1, maximum: 14 },
      },
      required: ["city", "days"],
      additionalProperties: false,
    },
    strict: false,
  },
  { name: "get_time", strict: false },
];

const syntaxes: readonly (readonly [string, ToolSyntax, boundToSchema: boolean])[] = [
  ["Hermes", hermesSyntax, true],
  ["markup", findToolSyntax("<tool_call>\n<function=") as ToolSyntax, true],
  ["a list", findToolSyntax("[TOOL_CALLS][") as ToolSyntax, true],
  ["marked names", findToolSyntax("[TOOL_CALLS]name[ARGS]") as ToolSyntax, true],
  ["fences", findToolSyntax("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>```json") as ToolSyntax, true],
  ["an object alone", findToolSyntax('<|start_header_id|>{"name": ""parameters": ') as ToolSyntax, true],
  ["a notation", findToolSyntax("<|tool_call>call:") as ToolSyntax, false],
];

let starter: Starter;
beforeAll(async () => {
  starter = await openStarter();
});
afterAll(() => starter.model.free());

/** Favours what ends things, so that most calls come to their end. */
function writeCall(syntax: ToolSyntax, seed: number): string | null {
  const { api, model } = starter;
  const random = seededRandom(seed);
  const settings = readSamplerSettings({ temperature: 0 });
  const { vocabularySize } = model;
  const chain = makeSamplerChain(api, settings, { vocabularySize, maxTokens: 240, prompt: Int32Array.of(1) });
  const { text, marks } = toolGrammar(syntax, tools, { isParallel: seed % 2 === 0, isBegun: false });
  const chooser = createTokenChooser(api, model, { grammar: { text, marks }, logitBias: {}, chain });
  const written: Uint8Array[] = [];
  const closing = ['"', "}", "\n", ">", "]"].map((sign) => model.tokenize([{ kind: "text", text: sign }])[0] as number);
  const logits = new Float32Array(vocabularySize);
  try {
    for (let step = 0; step < 240; step += 1) {
      for (let token = 0; token < vocabularySize; token += 1) {
        logits[token] = random() + (model.endsGeneration(token) ? 0.8 : 0);
      }
      for (const token of closing) logits[token] = (logits[token] as number) + 0.6;
      const token = chooser.choose(logits);
      if (token === null) throw new Error("no token is left");
      if (model.endsGeneration(token)) return Buffer.concat(written).toString("utf8");
      written.push(model.piece(token));
    }
    return null;
  } finally {
    chooser.free();
    api.samplerFree(chain);
  }
}

describe.each(syntaxes)("%s", (_, syntax, boundToSchema) => {
  test("whatever is written to its end is a call that can be made", () => {
    const fits = new Ajv().compile(tools[0]?.parameters as object);
    let whole = 0;
    for (let seed = 1; seed <= 3; seed += 1) {
      const answer = writeCall(syntax, seed);
      if (answer === null) continue;
      whole += 1;
      const reader = createToolCallReader([syntax], tools);
      const pieces = [...reader.push(answer), ...reader.end()];
      expect({ answer, text: pieces.filter(({ kind }) => kind === "text") }).toEqual({ answer, text: [] });
      const calls: { name: string; text: string }[] = [];
      for (const piece of pieces) {
        if (piece.kind !== "call") continue;
        if (piece.name !== null) calls.push({ name: piece.name, text: piece.text });
        else (calls.at(-1) as { text: string }).text += piece.text;
      }
      expect(calls.length).toBeGreaterThan(0);
      for (const { name, text } of calls) {
        const given: unknown = JSON.parse(text);
        if (boundToSchema && name === "get_weather")
          expect({ answer, fits: fits(given) }).toEqual({ answer, fits: true });
      }
    }
    expect(whole).toBeGreaterThan(0);
  });
});

test("a schema that cannot be enforced is left open, or refused where it is strict", () => {
  const parameters = { type: "object", properties: { a: { not: {} } } };
  const grammar = (strict: boolean) =>
    toolGrammar(hermesSyntax, [{ name: "f", parameters, strict }], { isParallel: false, isBegun: false });
  expect(grammar(false).text).toContain("t0-root");
  expect(() => grammar(true)).toThrow(expect.objectContaining({ code: "unsupported_schema" }));
});
