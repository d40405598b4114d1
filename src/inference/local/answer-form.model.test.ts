// What form answers have with the templates that real models carry.
import { describe, expect, test } from "vitest";
import { readTemplate } from "../../../tests/support/find-llama-source.ts";
import type { ModelCallRequest } from "../model-call.ts";
import { answerForm } from "./answer-form.ts";
import { createChatTemplate } from "./chat-template.ts";

const qwen3 = "Qwen-Qwen3-0.6B";
const r1 = "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B";
const gptOss = "openai-gpt-oss-120b";
const gemma4 = "google-gemma-4-31B-it";
const llama3 = "meta-llama-Llama-3.1-8B-Instruct";
const tools = [{ name: "get_time", strict: false }];

async function formOf(name: string, request: Partial<ModelCallRequest> = {}, format: string | null = null) {
  const template = createChatTemplate({
    fileName: name,
    template: await readTemplate(name),
    bosToken: "<s>",
    eosToken: "</s>",
  });
  const form = answerForm(template, { messages: [{ role: "user", content: "Hi" }], ...request }, format);
  return {
    ...form,
    end: form.prompt
      .map(({ text }) => text)
      .join("")
      .slice(-90),
  };
}

describe("How much to think", () => {
  test.each([
    [qwen3, "<|im_start|>assistant\n<think>\n\n</think>\n\n"],
    [r1, "<｜Assistant｜><think>\n</think>"],
    [gemma4, "<|turn>model\n<|channel>thought\n<channel|>"],
    [gptOss, "<|start|>assistant<|channel|>final<|message|>"],
  ])("none of it is what %s is told in its own form", async (name, end) => {
    const form = await formOf(name, { reasoning: { effort: "none" } });
    expect(form.end.endsWith(end)).toBe(true);
    expect(form.thinkingLimit).toBeNull();
  });

  test("an effort is told to a template that takes one, and is a bound for the others", async () => {
    const high = await formOf(gptOss, { reasoning: { effort: "max" } });
    expect(high.prompt[0]?.text).toContain("Reasoning: high");
    expect(high.thinkingLimit).toBeNull();
    const low = await formOf(r1, { reasoning: { effort: "low" } });
    expect(low.thinkingLimit).toEqual({
      tokens: 1024,
      end: { thinking: { open: "<think>", close: "</think>", isOpen: true }, marks: [], isNeeded: true },
      close: "\n</think>\n\n",
    });
    expect((await formOf(r1, { reasoning: { effort: "high" } })).thinkingLimit).toBeNull();
  });

  test("a bound of its own counts more than an effort, and nothing for a model that does not think", async () => {
    const both = { effort: "low", maxTokens: 7 } as const;
    expect((await formOf(qwen3, { reasoning: both })).thinkingLimit).toMatchObject({
      tokens: 7,
      end: { thinking: { isOpen: false } },
    });
    expect((await formOf(gptOss, { reasoning: both })).thinkingLimit).toMatchObject({
      tokens: 7,
      close: "<|end|><|start|>assistant<|channel|>final<|message|>",
    });
    expect((await formOf(llama3, { reasoning: both })).thinkingLimit).toBeNull();
  });
});

describe("Where a grammar begins", () => {
  test("behind the thinking, which is opened so that its end is seen", async () => {
    const open = { open: "<think>", close: "</think>", isOpen: true };
    const format = 'root ::= "x"\n';
    const thinking = await formOf(qwen3, {}, format);
    expect(thinking.end.endsWith("<|im_start|>assistant\n<think>\n")).toBe(true);
    expect(thinking.grammar).toEqual({ text: format, start: { thinking: open, marks: [], isNeeded: true } });
    expect((await formOf(qwen3, { reasoning: { effort: "none" } }, format)).grammar).toEqual({ text: format });
    expect((await formOf(llama3, {}, format)).grammar).toEqual({ text: format });
    const channels = await formOf(gptOss, {}, format);
    expect(channels.end.endsWith("<|start|>assistant<|channel|>analysis<|message|>")).toBe(true);
    expect(channels.grammar?.start?.marks).toContain("<|channel|>final<|message|>");
  });

  test("at the mark of a call that the model may make, from the start where it must", async () => {
    const may = await formOf(qwen3, { tools });
    expect(may.grammar?.start).toEqual({
      thinking: { open: "<think>", close: "</think>", isOpen: false },
      marks: ["<tool_call>"],
      isNeeded: false,
    });
    const must = await formOf(qwen3, { tools, toolChoice: { mode: "required", names: null } });
    expect(must.grammar?.start).toMatchObject({ marks: [], isNeeded: true });
    expect(Object.values(must.grammar?.marks ?? {})).toEqual(["<tool_call>", "</tool_call>"]);
    expect(
      (await formOf(llama3, { tools, toolChoice: { mode: "required", names: null } })).grammar?.start,
    ).toBeUndefined();
    expect((await formOf(llama3, { tools })).grammar).toBeNull();
    const channels = await formOf(gptOss, { tools, toolChoice: { mode: "required", names: ["get_time"] } });
    expect(channels.grammar?.start?.marks).toEqual(["<|end|>"]);
    expect(channels.grammar?.text).toContain("functions");
  });

  test("nowhere where no tool may be called", async () => {
    const none = await formOf(qwen3, { tools, toolChoice: { mode: "none", names: null } });
    expect([none.grammar, none.readers.toolCalls]).toEqual([null, null]);
    expect(none.prompt.map(({ text }) => text).join("")).not.toContain("get_time");
  });
});
