import { describe, expect, test } from "vitest";
import { createReasoningSplitter } from "../reasoning/split-reasoning.ts";
import { findReasoningFamily, type ReasoningFamily } from "../reasoning/reasoning-family.ts";
import { createToolCallReader } from "./read-tool-calls.ts";
import type { ToolPiece } from "./tool-call.ts";
import { findToolSyntax, hermesSyntax, type ToolSyntax } from "./tool-syntax.ts";

const tools = [
  {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } } },
  },
  { name: "get_time" },
];

/** What templates of the families say of calls. */
const markup = findToolSyntax("<tool_call>\n<function=") as ToolSyntax;
const nemo = findToolSyntax("[TOOL_CALLS][") as ToolSyntax;
const mistral = findToolSyntax("[TOOL_CALLS]name[CALL_ID]id[ARGS]") as ToolSyntax;
const r1 = findToolSyntax("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>```json") as ToolSyntax;
const v3 = findToolSyntax("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>") as ToolSyntax;
const llama = findToolSyntax('<|start_header_id|>{"name": "" "parameters": ') as ToolSyntax;
const gemma = findToolSyntax("<|tool_call>call:") as ToolSyntax;

interface Read {
  readonly text: string;
  readonly calls: readonly { readonly name: string; readonly arguments: string }[];
}

function gather(pieces: readonly ToolPiece[]): Read {
  const calls: { name: string; arguments: string }[] = [];
  let text = "";
  for (const piece of pieces) {
    if (piece.kind === "text") text += piece.text;
    else if (piece.name === null) (calls.at(-1) as { arguments: string }).arguments += piece.text;
    else calls.push({ name: piece.name, arguments: piece.text });
  }
  return { text, calls };
}

function readIn(syntax: ToolSyntax, pieces: readonly string[]): Read {
  const reader = createToolCallReader([syntax], tools);
  return gather([...pieces.flatMap((piece) => reader.push(piece)), ...reader.end()]);
}

/** However the answer is cut, the same is read. */
function read(syntax: ToolSyntax, answer: string): Read {
  const whole = readIn(syntax, [answer]);
  for (let size = 1; size < Math.min(answer.length, 24); size += 1) {
    const pieces = answer.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];
    expect({ size, ...readIn(syntax, pieces) }).toEqual({ size, ...whole });
  }
  return whole;
}

const paris = { name: "get_weather", arguments: '{"city": "Paris"}' };
const rome = { name: "get_weather", arguments: '{"city": "Rome", "days": 2}' };

describe("the calls of every family are read", () => {
  test("Hermes and Qwen", () => {
    const call = (json: string) => `<tool_call>\n${json}\n</tool_call>`;
    const answer = `I look.\n${call('{"name": "get_weather", "arguments": {"city": "Paris"}}')}\n${call('{"name": "get_weather", "arguments": {"city": "Rome", "days": 2}}')}`;
    expect(read(hermesSyntax, answer)).toEqual({ text: "I look.", calls: [paris, rome] });
  });

  test("Qwen's coders, with values as the schema says", () => {
    const answer =
      "<tool_call>\n<function=get_weather>\n<parameter=city>\n12\n</parameter>\n<parameter=days>\n2\n</parameter>\n</function>\n</tool_call>\n" +
      "<tool_call>\n<function=get_weather>\n<parameter=city>\nNew\n York\n</parameter>\n</function>\n</tool_call>";
    const { text, calls } = read(markup, answer);
    expect(text).toBe("");
    expect(calls.map((call) => JSON.parse(call.arguments))).toEqual([{ city: "12", days: 2 }, { city: "New\n York" }]);
  });

  test("Mistral: a list, or each call behind its own mark", () => {
    const list =
      '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}, "id": "abcdefghi"}, {"name": "get_weather", "arguments": {"city": "Rome", "days": 2}, "id": "123456789"}]';
    expect(read(nemo, list)).toEqual({ text: "", calls: [paris, rome] });
    const marked =
      '[TOOL_CALLS]get_weather[CALL_ID]abcdefghi[ARGS]{"city": "Paris"}[TOOL_CALLS]get_weather[ARGS]{"city": "Rome", "days": 2}';
    expect(read(mistral, marked)).toEqual({ text: "", calls: [paris, rome] });
  });

  test("DeepSeek R1 and what came after", () => {
    const fenced = (call: string) =>
      `<｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n\`\`\`json\n${call}\n\`\`\`<｜tool▁call▁end｜>`;
    const answer = `Wait.\n<｜tool▁calls▁begin｜>${fenced(paris.arguments)}\n${fenced(rome.arguments)}<｜tool▁calls▁end｜>`;
    expect(read(r1, answer)).toEqual({ text: "Wait.", calls: [paris, rome] });
    const plain = `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>get_weather<｜tool▁sep｜>${paris.arguments}<｜tool▁call▁end｜><｜tool▁calls▁end｜>`;
    expect(read(v3, plain)).toEqual({ text: "", calls: [paris] });
  });

  test("Llama: an answer that is a call, with or without its mark", () => {
    const call = '{"name": "get_weather", "parameters": {"city": "Paris"}}';
    expect(read(llama, call)).toEqual({ text: "", calls: [paris] });
    expect(read(llama, `<|python_tag|>${call}`)).toEqual({ text: "", calls: [paris] });
    expect(read(llama, `{"type": "function", "name": "get_weather", "parameters": {"city": "Paris"}}`).calls).toEqual([
      paris,
    ]);
  });

  test("Gemma, with its own marks around texts", () => {
    const answer =
      '<|tool_call>call:get_weather{city:<|"|>Pa,{r}"is<|"|>,days:2,more:{a:[1,true,<|"|>x<|"|>],<|"|>b c<|"|>:null}}<tool_call|><|tool_call>call:get_time{}<tool_call|>';
    const { text, calls } = read(gemma, answer);
    expect(text).toBe("");
    expect(calls.map((call) => [call.name, JSON.parse(call.arguments)])).toEqual([
      ["get_weather", { city: 'Pa,{r}"is', days: 2, more: { a: [1, true, "x"], "b c": null } }],
      ["get_time", {}],
    ]);
  });

  test("gpt-oss: the channel's header names the tool", () => {
    const harmony = findReasoningFamily("<|channel|>final<|message|>") as ReasoningFamily;
    const splitIn = (pieces: readonly string[]) => {
      const splitter = createReasoningSplitter(harmony, "open", { tools: ["get_weather"] });
      const all = [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()];
      const thought = all.flatMap((piece) => (piece.kind === "reasoning" ? [piece.text] : [])).join("");
      return { thought, ...gather(all.filter((piece) => piece.kind !== "reasoning")) };
    };
    const thinking = "<|channel|>analysis<|message|>I need it.<|end|><|start|>assistant";
    for (const header of [
      "<|channel|>commentary to=functions.get_weather <|constrain|>json",
      " to=functions.get_weather<|channel|>commentary json",
    ]) {
      const answer = `${thinking}${header}<|message|>{"city": "Paris"}<|call|>`;
      for (const size of [1, 2, 3, 7, 1000]) {
        const pieces = answer.match(new RegExp(`[^]{1,${size}}`, "gu")) ?? [];
        expect(splitIn(pieces)).toEqual({ thought: "I need it.", text: "", calls: [paris] });
      }
    }
    const unknown = `${thinking}<|channel|>commentary to=functions.rm<|message|>{}<|call|>`;
    expect(splitIn([unknown])).toEqual({ thought: "I need it.{}", text: "", calls: [] });
  });
});

test("arguments leave as they are written, the name before them", () => {
  const reader = createToolCallReader([hermesSyntax], tools);
  expect(reader.push('<tool_call>\n{"name": "get_weather", "argum')).toEqual([]);
  expect(reader.push('ents": {"ci')).toEqual([
    { kind: "call", name: "get_weather", text: "" },
    { kind: "call", name: null, text: '{"ci' },
  ]);
  expect(reader.push('ty": "}<"')).toEqual([{ kind: "call", name: null, text: 'ty": "}<"' }]);
  expect(reader.push("}}")).toEqual([{ kind: "call", name: null, text: "}" }]);
  expect(reader.push("\n</tool_call>")).toEqual([]);
});

describe("what a model makes of it", () => {
  test("arguments before the name, as a text, or none at all", () => {
    const call = (json: string) => read(hermesSyntax, `<tool_call>${json}</tool_call>`).calls;
    expect(call('{"arguments": {"city":"Paris"}, "name": "get_weather"}')).toEqual([
      { name: "get_weather", arguments: '{"city":"Paris"}' },
    ]);
    expect(call('{"name": "get_weather", "arguments": "{\\"city\\": \\"Paris\\"}"}')).toEqual([paris]);
    expect(call('{"name": "get_time"}')).toEqual([{ name: "get_time", arguments: "{}" }]);
  });

  test("half a call is what there is of it", () => {
    expect(read(hermesSyntax, '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Par').calls).toEqual([
      { name: "get_weather", arguments: '{"city": "Par' },
    ]);
    const broken = read(
      markup,
      "<tool_call>\n<function=get_weather>\n<parameter=city>\nParis\n</parameter>\n<parameter=da",
    );
    expect(broken.calls).toEqual([{ name: "get_weather", arguments: '{"city":"Paris"' }]);
    expect(() => JSON.parse(broken.calls[0]?.arguments as string)).toThrow();
  });

  test("half a header, an unknown tool and what is no call stay text", () => {
    for (const answer of [
      '<tool_call>\n{"name": "get_wea',
      '<tool_call>\n{"name": "rm", "arguments": {"path": "/"}}\n</tool_call>',
      "<tool_call>\nI would call it.\n</tool_call>",
      "<tool_call>",
    ]) {
      const { text, calls } = read(hermesSyntax, answer);
      expect(calls).toEqual([]);
      expect(text.replaceAll(/\s/g, "")).toBe(answer.replaceAll(/\s/g, ""));
    }
    expect(read(gemma, "<|tool_call>call:get_weather[]<tool_call|>").calls).toEqual([]);
    expect(read(llama, '{"answer": 4}')).toEqual({ text: '{"answer": 4}', calls: [] });
  });

  test("an unknown tool does not hide the next call", () => {
    const answer =
      '<tool_call>{"name": "rm", "arguments": {}}</tool_call>\n<tool_call>{"name": "get_time", "arguments": {}}</tool_call>';
    expect(read(hermesSyntax, answer).calls).toEqual([{ name: "get_time", arguments: "{}" }]);
  });

  test("a call within a block of code or between backticks is an example", () => {
    const call = '<tool_call>\n{"name": "get_time", "arguments": {}}\n</tool_call>';
    const answer = `Write:\n\`\`\`\n${call}\n\`\`\`\nor \`<tool_call>\`.`;
    expect(read(hermesSyntax, answer)).toEqual({ text: answer, calls: [] });
  });

  test("what is said behind a call is text", () => {
    const answer = '<tool_call>{"name": "get_time", "arguments": {}}</tool_call>\n\nOne moment.';
    expect(read(hermesSyntax, answer)).toEqual({ text: "One moment.", calls: [{ name: "get_time", arguments: "{}" }] });
  });

  test("an answer without calls passes as it is", () => {
    for (const answer of ["  Yes.\n", "a < b", "<tool", "{", "\n", "{}"]) {
      expect(read(hermesSyntax, answer)).toEqual({ text: answer, calls: [] });
    }
  });
});
