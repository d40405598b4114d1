import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { AppError } from "../../../platform/errors.ts";
import { ChatCompletionRequest } from "../contract.ts";
import { parameterTreatments, readParameters } from "./request-parameters.ts";

const minimal = { model: "m", messages: [{ role: "user", content: "Hello?" }] };
const read = (fields: object) => readParameters(ChatCompletionRequest.parse({ ...minimal, ...fields }));

test("every parameter of the official package has a treatment, so that none is ignored in silence", async () => {
  const path = new URL(import.meta.resolve("openai/resources/chat/completions/completions")).pathname;
  const types = await readFile(path.replace(/\.m?js$/, ".d.ts"), "utf8");
  const body = types.slice(types.indexOf("interface ChatCompletionCreateParamsBase {"));
  const names = [...body.slice(0, body.indexOf("\n}")).matchAll(/^ {4}(\w+)\??:/gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !Object.hasOwn(parameterTreatments, name))).toEqual([]);
  expect(names.filter((name) => !Object.hasOwn(ChatCompletionRequest.def.shape, name))).toEqual([]);
});

test("every name with a treatment is in the docs", async () => {
  const docs = await readFile(new URL("../../../../docs/api.md", import.meta.url), "utf8");
  const missing = Object.keys(parameterTreatments).filter((name) => !new RegExp(`\`${name}[\`:]`).test(docs));
  expect(missing).toEqual([]);
});

test("neutral values, null and names that nobody documents pass", () => {
  const neutral = {
    n: 1,
    logprobs: false,
    top_logprobs: 0,
    logit_bias: {},
    tools: [],
    functions: [],
    tool_choice: "auto",
    function_call: "none",
    parallel_tool_calls: true,
    response_format: { type: "text" },
    store: false,
    service_tier: "auto",
    reasoning_effort: "none",
    verbosity: "medium",
    modalities: ["text"],
    metadata: { project: "x" },
    prompt_cache_key: "k",
    prompt_cache_retention: "24h",
    prompt_cache_options: { anything: 1 },
    user: "u",
  };
  expect(read(neutral)).toMatchObject({ serviceTier: "default", lane: "api", stream: false, includeUsage: false });
  expect(() => read({ some_servers_name: { x: 1 }, toString: 1, constructor: {} })).not.toThrow();
  const nothing = Object.fromEntries(
    Object.keys(parameterTreatments)
      .filter((name) => !(name in minimal))
      .map((name) => [name, null]),
  );
  expect(() => read(nothing)).not.toThrow();
});

describe("what cannot be honoured is refused by name", () => {
  test.each([
    ["n", 2],
    ["logprobs", true],
    ["top_logprobs", 3],
    ["functions", [{ name: "f" }]],
    ["function_call", { name: "f" }],
    ["store", true],
    ["service_tier", "priority"],
    ["verbosity", "low"],
    ["modalities", ["text", "audio"]],
    ["audio", { voice: "alloy", format: "wav" }],
    ["prediction", { type: "content", content: "x" }],
    ["moderation", {}],
    ["web_search_options", {}],
    ["guided_json", {}],
  ])("%s: %j", (param, value) => {
    expect(refusalOf({ [param]: value })).toMatchObject({ code: "unsupported_parameter", details: { param } });
  });

  test("obfuscated streams", () => {
    const refusal = refusalOf({ stream: true, stream_options: { include_obfuscation: true } });
    expect(refusal).toMatchObject({ details: { param: "stream_options.include_obfuscation" } });
  });
});

describe("response formats", () => {
  const format = (response_format: object) => read({ response_format }).responseFormat;

  test("text asks for nothing; JSON is any object or what a schema says", () => {
    expect(format({ type: "text" })).toBeUndefined();
    expect(format({ type: "json_object" })).toEqual({ type: "json-object" });
    const schema = { type: "object" };
    expect(format({ type: "json_schema", json_schema: { name: "s", schema, strict: true } })).toEqual({
      type: "json-schema",
      name: "s",
      schema,
      strict: true,
    });
  });

  test.each([
    [{ type: "grammar" }, "unsupported_parameter", "response_format.type"],
    [{ type: "json_schema" }, "invalid_request", "response_format.json_schema"],
    [{ type: "json_schema", json_schema: { name: "s" } }, "invalid_request", "response_format.json_schema.schema"],
  ])("%j is refused by name", (response_format, code, param) => {
    expect(refusalOf({ response_format })).toMatchObject({ code, details: { param } });
  });
});

test("a grammar is a format of its own", () => {
  expect(read({ grammar: 'root ::= "x"' }).responseFormat).toEqual({ type: "grammar", grammar: 'root ::= "x"' });
  const both = refusalOf({ grammar: 'root ::= "x"', response_format: { type: "json_object" } });
  expect(both).toMatchObject({ code: "invalid_request", details: { param: "grammar" } });
});

describe("values", () => {
  test("biases are token ids and numbers", () => {
    expect(read({ logit_bias: { 50256: -100 } }).logitBias).toEqual({ 50256: -100 });
    expect(read({ logit_bias: {} }).logitBias).toBeUndefined();
    expect(refusalOf({ logit_bias: { hello: 1 } })).toMatchObject({ details: { param: "logit_bias" } });
  });

  test("of two limits the smaller holds", () => {
    expect(read({ max_tokens: 10, max_completion_tokens: 7 }).maxOutputTokens).toBe(7);
    expect(read({ max_tokens: 10 }).maxOutputTokens).toBe(10);
    expect(read({}).maxOutputTokens).toBeUndefined();
  });

  test("the names of other servers for sampling are honoured", () => {
    expect(read({ top_k: -1, min_p: 0.1, repetition_penalty: 1.1 }).sampling).toMatchObject({
      topK: 0,
      minP: 0.1,
      repeatPenalty: 1.1,
    });
    expect(read({ repeat_penalty: 1.2 }).sampling.repeatPenalty).toBe(1.2);
  });

  test("a seed of any size becomes the engine's 32 bits, always the same ones", () => {
    expect(read({ seed: 42 }).sampling.seed).toBe(42);
    expect(read({ seed: -1 }).sampling.seed).toBe(2 ** 32 - 1);
    expect(read({ seed: Number.MAX_SAFE_INTEGER }).sampling.seed).toBe(2 ** 32 - 1);
  });

  test("one stop text or several; an empty one would stop at once and is refused", () => {
    expect(read({ stop: "END" }).stop).toEqual(["END"]);
    expect(read({ stop: ["a", "b"] }).stop).toEqual(["a", "b"]);
    expect(refusalOf({ stop: "" })).toMatchObject({ code: "invalid_request", details: { param: "stop" } });
  });

  test("flex work waits behind everybody, and the tier is echoed", () => {
    expect(read({ service_tier: "flex" })).toMatchObject({ lane: "batch", serviceTier: "flex" });
  });

  test("usage of a stream can be asked for only of a stream", () => {
    expect(read({ stream: true, stream_options: { include_usage: true } }).includeUsage).toBe(true);
    expect(refusalOf({ stream_options: { include_usage: true } })).toMatchObject({
      details: { param: "stream_options" },
    });
  });
});

function refusalOf(fields: object): AppError | undefined {
  try {
    read(fields);
  } catch (error) {
    if (error instanceof AppError) {
      return error;
    }
    throw error;
  }
  return undefined;
}
