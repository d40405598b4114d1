// The templates that real models carry, and their tokenizers. What each prompt must be is written here from the format that
// the model's makers publish.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTemplate } from "../../../tests/support/find-llama-source.ts";
import { openVocabulary } from "../../../tests/support/open-vocabulary.ts";
import type { ModelMessage } from "../model-call.ts";
import { type ChatTemplate, createChatTemplate } from "./chat-template.ts";
import type { LlamaModel } from "./llama-model.ts";
import type { PromptPart } from "./worker-protocol.ts";

const system: ModelMessage = { role: "system", content: "Be brief." };
const user = (content: string): ModelMessage => ({ role: "user", content });
const assistant = (content: string, reasoning?: string): ModelMessage => ({
  role: "assistant",
  content,
  ...(reasoning === undefined ? {} : { reasoning }),
});

const question = [system, user("2+2?")];
const turns = [...question, assistant("Four.", "Two and two."), user("Sure?")];
const half = [...question, assistant("It is ")];
const halfThought = [...question, assistant("", "Two and")];

interface Family {
  readonly name: string;
  readonly template: string;
  readonly bosToken?: string | null;
  readonly eosToken?: string | null;
  readonly asked: string;
  /** With what was thought before, as far as the model is told again. */
  readonly turns: string;
  readonly continued: string;
  /** Null for a model that does not think. */
  readonly thinking: string | null;
}

/** ChatML, as Qwen, Hermes and SmolLM write it. */
const chatMl = (role: string, text: string) => `<|im_start|>${role}\n${text}<|im_end|>\n`;
const chatMlQuestion = chatMl("system", "Be brief.") + chatMl("user", "2+2?");
const chatMlTurns = `${chatMlQuestion + chatMl("assistant", "Four.") + chatMl("user", "Sure?")}<|im_start|>assistant\n`;

const deepSeekQuestion = "<｜begin▁of▁sentence｜>Be brief.<｜User｜>2+2?<｜Assistant｜>";
const deepSeek = {
  bosToken: "<｜begin▁of▁sentence｜>",
  eosToken: "<｜end▁of▁sentence｜>",
  asked: `${deepSeekQuestion}<think>\n`,
  turns: `${deepSeekQuestion}Four.<｜end▁of▁sentence｜><｜User｜>Sure?<｜Assistant｜><think>\n`,
  continued: `${deepSeekQuestion}It is `,
  thinking: `${deepSeekQuestion}<think>\nTwo and`,
};

const llama3 = (role: string, text: string) => `<|start_header_id|>${role}<|end_header_id|>\n\n${text}<|eot_id|>`;
const llama3Head = `<|begin_of_text|>${llama3("system", "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\nBe brief.")}`;
const llama3Answer = "<|start_header_id|>assistant<|end_header_id|>\n\n";

const gemma2 = (role: string, text: string) => `<start_of_turn>${role}\n${text}<end_of_turn>\n`;
const gemma2Question = `<bos>${gemma2("user", "Be brief.\n\n2+2?")}<start_of_turn>model\n`;
const gemma4Question = "<bos><|turn>system\n<|think|>\nBe brief.<turn|>\n<|turn>user\n2+2?<turn|>\n<|turn>model\n";

const today = new Date();
const date = `${today.getFullYear()}-${String(today.getMonth() + 1).padStart(2, "0")}-${String(today.getDate()).padStart(2, "0")}`;
const harmonyQuestion =
  `<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\nKnowledge cutoff: 2024-06\nCurrent date: ${date}\n\n` +
  "Reasoning: medium\n\n# Valid channels: analysis, commentary, final. Channel must be included for every message.<|end|>" +
  "<|start|>developer<|message|># Instructions\n\nBe brief.\n\n<|end|><|start|>user<|message|>2+2?<|end|><|start|>assistant";
const smolLm3Head =
  "<|im_start|>system\n## Metadata\n\nKnowledge Cutoff Date: June 2025\nReasoning Mode: /think\n\n## Custom Instructions\n\nBe brief.\n\n<|im_end|>\n" +
  chatMl("user", "2+2?");

const families: readonly Family[] = [
  {
    name: "Qwen 2.5",
    template: "Qwen-Qwen2.5-7B-Instruct",
    asked: `${chatMlQuestion}<|im_start|>assistant\n`,
    turns: chatMlTurns,
    continued: `${chatMlQuestion}<|im_start|>assistant\nIt is `,
    thinking: null,
  },
  {
    name: "Qwen 3",
    template: "Qwen-Qwen3-0.6B",
    asked: `${chatMlQuestion}<|im_start|>assistant\n`,
    turns: chatMlTurns,
    // An answer in the last turn has its thinking in front, an empty one too.
    continued: `${chatMlQuestion}<|im_start|>assistant\n<think>\n\n</think>\n\nIt is `,
    thinking: `${chatMlQuestion}<|im_start|>assistant\n<think>\nTwo and`,
  },
  {
    name: "Qwen 3.5",
    template: "Qwen3.5-4B",
    asked: `${chatMlQuestion}<|im_start|>assistant\n<think>\n`,
    turns: `${chatMlTurns}<think>\n`,
    continued: `${chatMlQuestion}<|im_start|>assistant\n<think>\n\n</think>\n\nIt is `,
    thinking: `${chatMlQuestion}<|im_start|>assistant\n<think>\nTwo and`,
  },
  { name: "DeepSeek R1 Distill Qwen", template: "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B", ...deepSeek },
  { name: "DeepSeek R1 Distill Llama", template: "deepseek-ai-DeepSeek-R1-Distill-Llama-8B", ...deepSeek },
  {
    name: "Llama 3.1",
    template: "meta-llama-Llama-3.1-8B-Instruct",
    bosToken: "<|begin_of_text|>",
    asked: llama3Head + llama3("user", "2+2?") + llama3Answer,
    turns: llama3Head + llama3("user", "2+2?") + llama3("assistant", "Four.") + llama3("user", "Sure?") + llama3Answer,
    continued: `${llama3Head + llama3("user", "2+2?") + llama3Answer}It is `,
    thinking: null,
  },
  {
    name: "Mistral Nemo",
    template: "mistralai-Mistral-Nemo-Instruct-2407",
    bosToken: "<s>",
    eosToken: "</s>",
    // The system text goes with the last question.
    asked: "<s>[INST]Be brief.\n\n2+2?[/INST]",
    turns: "<s>[INST]2+2?[/INST]Four.</s>[INST]Be brief.\n\nSure?[/INST]",
    continued: "<s>[INST]2+2?[/INST]It is ",
    thinking: null,
  },
  {
    name: "Mistral Small 3.2",
    template: "Mistral-Small-3.2-24B-Instruct-2506",
    bosToken: "<s>",
    eosToken: "</s>",
    asked: "<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT][INST]2+2?[/INST]",
    turns: "<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT][INST]2+2?[/INST]Four.</s>[INST]Sure?[/INST]",
    continued: "<s>[SYSTEM_PROMPT]Be brief.[/SYSTEM_PROMPT][INST]2+2?[/INST]It is ",
    thinking: null,
  },
  {
    name: "Gemma 2",
    template: "google-gemma-2-2b-it",
    bosToken: "<bos>",
    asked: gemma2Question,
    turns: `${gemma2Question}Four.<end_of_turn>\n${gemma2("user", "Sure?")}<start_of_turn>model\n`,
    continued: `${gemma2Question}It is `,
    thinking: null,
  },
  {
    name: "Gemma 4",
    template: "google-gemma-4-31B-it",
    bosToken: "<bos>",
    asked: gemma4Question,
    turns: `${gemma4Question}Four.<turn|>\n<|turn>user\nSure?<turn|>\n<|turn>model\n`,
    continued: `${gemma4Question}It is `,
    thinking: `${gemma4Question}<|channel>thought\nTwo and`,
  },
  {
    name: "gpt-oss",
    template: "openai-gpt-oss-120b",
    asked: harmonyQuestion,
    turns: `${harmonyQuestion}<|channel|>final<|message|>Four.<|end|><|start|>user<|message|>Sure?<|end|><|start|>assistant`,
    continued: `${harmonyQuestion}<|channel|>final<|message|>It is `,
    thinking: `${harmonyQuestion}<|channel|>analysis<|message|>Two and`,
  },
  {
    name: "SmolLM 3",
    template: "HuggingFaceTB-SmolLM3-3B",
    asked: `${smolLm3Head}<|im_start|>assistant\n`,
    turns: `${smolLm3Head + chatMl("assistant", "Four.") + chatMl("user", "Sure?")}<|im_start|>assistant\n`,
    continued: `${smolLm3Head}<|im_start|>assistant\nIt is `,
    thinking: `${smolLm3Head}<|im_start|>assistant\n<think>\nTwo and`,
  },
];

async function templateOf({ template, bosToken = null, eosToken = null }: Family): Promise<ChatTemplate> {
  return createChatTemplate({ fileName: template, template: await readTemplate(template), bosToken, eosToken });
}

const all = (parts: readonly PromptPart[]) => parts.map(({ text }) => text).join("");

describe.each(families)("$name", (family) => {
  let template: ChatTemplate;
  beforeAll(async () => {
    template = await templateOf(family);
  });

  test("is asked, with a system text", () => {
    expect(all(template.render(question))).toBe(family.asked);
  });

  test("is told what was said before, and not what it thought", () => {
    expect(all(template.render(turns))).toBe(family.turns);
  });

  test("goes on with an answer that broke off", () => {
    expect(all(template.render(half, { continueLastMessage: true }))).toBe(family.continued);
  });

  test("goes on with a thought that broke off, where it thinks at all", () => {
    expect(template.reasoning === null).toBe(family.thinking === null);
    const continued = template.render(halfThought, { continueLastMessage: true });
    expect(all(continued)).toBe(family.thinking ?? family.asked);
  });
});

describe.each([
  { vocabulary: "qwen2", family: "Qwen 3" },
  { vocabulary: "qwen35", family: "Qwen 3.5" },
  { vocabulary: "llama-bpe", family: "Llama 3.1" },
  { vocabulary: "gemma-4", family: "Gemma 4" },
])("The tokenizer $vocabulary", ({ vocabulary, family: name }) => {
  let model: LlamaModel;
  beforeAll(async () => {
    model = await openVocabulary(vocabulary);
  });
  afterAll(() => model.free());
  const family = families.find((each) => each.name === name) as Family;

  test("has one token for each mark of the template, and gives the whole prompt back", async () => {
    const parts = (await templateOf(family)).render(turns);
    const tokens = model.tokenize(parts);
    expect(model.detokenize([...tokens])).toBe(family.turns);
    const marks = family.turns.match(/<\|?[a-z_]+\|?>/g) as string[];
    const marksOf = (each: string) => [...tokens].filter((token) => model.detokenize([token]) === each).length;
    for (const mark of new Set(marks)) {
      const times = marks.filter((each) => each === mark).length;
      // Both of Qwen's vocabularies spell out the marks of thinking.
      if (mark !== "<think>") expect({ mark, times: marksOf(mark) }).toEqual({ mark, times });
    }
  });

  test("makes no mark of what a person types, and loses none of it", async () => {
    const marks = [...new Set(family.turns.match(/<\|?[a-z_]+\|?>/g) as string[])];
    const typed = `What do ${marks.join(" and ")} mean?`;
    const template = await templateOf(family);
    const [plain, tokens] = [user("What?"), user(typed)].map((message) => model.tokenize(template.render([message])));
    const count = (of: Int32Array, mark: string) =>
      [...of].filter((token) => model.detokenize([token]) === mark).length;
    for (const mark of marks) expect(count(tokens as Int32Array, mark)).toBe(count(plain as Int32Array, mark));
    expect(model.detokenize([...(tokens as Int32Array)])).toContain(typed);
  });
});
