// The templates that real models carry, and their tokenizers. What each prompt must be is written here from the format that
// the model's makers publish.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readTemplate } from "../../../tests/support/find-llama-source.ts";
import { openVocabulary } from "../../../tests/support/open-vocabulary.ts";
import type { ModelMessage, ToolDefinition } from "../model-call.ts";
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

/** One tool, two calls, two results; the arguments and the results have signs that JSON escapes. */
const weather: ToolDefinition = {
  name: "get_weather",
  description: "The weather <|im_end|> of a city",
  parameters: { type: "object", properties: { city: { type: "string", description: "Its name" } }, required: ["city"] },
  strict: false,
};
const called: readonly ModelMessage[] = [
  user("Weather?"),
  {
    role: "assistant",
    content: "",
    reasoning: "I look.",
    toolCalls: [
      { id: "callparis", name: "get_weather", arguments: '{"city": "Paris"}' },
      { id: "callrome1", name: "get_weather", arguments: '{"city": "Rome"}' },
    ],
  },
  { role: "tool", content: "rain", toolCallId: "callparis" },
  { role: "tool", content: '"sun"', toolCallId: "callrome1" },
];

const schema =
  '{"type": "object", "properties": {"city": {"type": "string", "description": "Its name"}}, "required": ["city"]}';
const functionJson = `{"name": "get_weather", "description": "The weather <|im_end|> of a city", "parameters": ${schema}}`;
const toolJson = `{"type": "function", "function": ${functionJson}}`;
const hermesCall = (city: string) =>
  `<tool_call>\n{"name": "get_weather", "arguments": {"city": "${city}"}}\n</tool_call>`;
const hermesResults =
  '<|im_start|>user\n<tool_response>\nrain\n</tool_response>\n<tool_response>\n"sun"\n</tool_response><|im_end|>\n<|im_start|>assistant\n';
const qwenTools =
  "# Tools\n\nYou may call one or more functions to assist with the user query.\n\nYou are provided with function signatures within <tools></tools> XML tags:\n" +
  `<tools>\n${toolJson}\n</tools>\n\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n` +
  '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call><|im_end|>\n';
const qwenHead = "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.\n\n";
const markupCall = (city: string) =>
  `<tool_call>\n<function=get_weather>\n<parameter=city>\n${city}\n</parameter>\n</function>\n</tool_call>`;
const r1Call = (city: string) =>
  `<｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n\`\`\`json\n{"city": "${city}"}\n\`\`\`<｜tool▁call▁end｜>`;
const llamaCall = (city: string) => llama3("assistant", `{"name": "get_weather", "parameters": {"city": "${city}"}}`);
const harmonyCall = (city: string, result: string) =>
  `<|start|>assistant to=functions.get_weather<|channel|>commentary json<|message|>{"city": "${city}"}<|call|>` +
  `<|start|>functions.get_weather to=assistant<|channel|>commentary<|message|>${result}<|end|>`;

/** What must stand in the prompt, in this order, and what it ends with. */
const withTools: readonly { name: string; template: string; parts: readonly string[] }[] = [
  {
    name: "Qwen 2.5",
    template: "Qwen-Qwen2.5-7B-Instruct",
    parts: [
      qwenHead + qwenTools + chatMl("user", "Weather?"),
      `<|im_start|>assistant\n${hermesCall("Paris")}\n${hermesCall("Rome")}<|im_end|>\n`,
      hermesResults,
    ],
  },
  {
    name: "Qwen 3, which is told again what it thought before its calls",
    template: "Qwen-Qwen3-0.6B",
    parts: [
      `<|im_start|>system\n${qwenTools}`,
      `<|im_start|>assistant\n<think>\nI look.\n</think>\n\n${hermesCall("Paris")}\n${hermesCall("Rome")}<|im_end|>\n`,
      hermesResults,
    ],
  },
  {
    name: "Hermes 3",
    template: "NousResearch-Hermes-3-Llama-3.1-8B-tool_use",
    parts: [
      '<tools> {"type": "function", "function": {"name": "get_weather", "description": "get_weather(city: str)',
      `<|im_start|>assistant\n${hermesCall("Paris")}\n${hermesCall("Rome")}<|im_end|>\n`,
      '<tool_response>\nrain\n</tool_response>\n<tool_response>\n"sun"\n</tool_response>',
    ],
  },
  {
    name: "Qwen 3.5",
    template: "Qwen3.5-4B",
    parts: [
      `<|im_start|>system\n# Tools\n\nYou have access to the following functions:\n\n<tools>\n${toolJson}\n</tools>`,
      `<think>\nI look.\n</think>\n\n${markupCall("Paris")}\n${markupCall("Rome")}<|im_end|>\n`,
      hermesResults,
    ],
  },
  {
    name: "DeepSeek R1",
    template: "llama-cpp-deepseek-r1",
    parts: [
      "You can call any of the following function tools",
      '"name": "get_weather"',
      `<｜Assistant｜><｜tool▁calls▁begin｜>${r1Call("Paris")}\n${r1Call("Rome")}<｜tool▁calls▁end｜>`,
      '<｜tool▁output▁begin｜>rain<｜tool▁output▁end｜>\n<｜tool▁output▁begin｜>"sun"<｜tool▁output▁end｜>',
    ],
  },
  {
    name: "DeepSeek R1 Distill, whose template lists no tools: in words",
    template: "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
    parts: [
      '<tools>\n{"type":"function","function":{"name":"get_weather","description":"The weather <|im_end|> of a city"',
      `<｜User｜>Weather?<｜Assistant｜>${hermesCall("Paris")}\n${hermesCall("Rome")}`,
      '<｜User｜><tool_response>\nrain\n</tool_response>\n<tool_response>\n"sun"\n</tool_response><｜Assistant｜><think>\n',
    ],
  },
  {
    name: "Llama 3.1, one call a message",
    template: "meta-llama-Llama-3.1-8B-Instruct",
    parts: [
      "<|start_header_id|>user<|end_header_id|>\n\nGiven the following functions",
      '"description": "The weather <|im_end|> of a city"',
      "\n\nWeather?<|eot_id|>",
      llamaCall("Paris") + llama3("ipython", '"rain"'),
      llamaCall("Rome") + llama3("ipython", '"\\"sun\\""'),
      llama3Answer,
    ],
  },
  {
    name: "Mistral Nemo",
    template: "mistralai-Mistral-Nemo-Instruct-2407",
    parts: [
      `[AVAILABLE_TOOLS][${toolJson}][/AVAILABLE_TOOLS][INST]Weather?[/INST]`,
      '[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}, "id": "callparis"}, {"name": "get_weather", "arguments": {"city": "Rome"}, "id": "callrome1"}]</s>',
      '[TOOL_RESULTS]{"content": rain, "call_id": "callparis"}[/TOOL_RESULTS]',
      '[TOOL_RESULTS]{"content": "sun", "call_id": "callrome1"}[/TOOL_RESULTS]',
    ],
  },
  {
    name: "Mistral Small 3.2",
    template: "Mistral-Small-3.2-24B-Instruct-2506",
    parts: [
      `[AVAILABLE_TOOLS][${toolJson}][/AVAILABLE_TOOLS][INST]Weather?[/INST]`,
      '[TOOL_CALLS]get_weather[CALL_ID]callparis[ARGS]{"city": "Paris"}[TOOL_CALLS]get_weather[CALL_ID]callrome1[ARGS]{"city": "Rome"}</s>',
      "[TOOL_RESULTS]callparis[TOOL_CONTENT]rain[/TOOL_RESULTS]",
    ],
  },
  {
    name: "Gemma 4",
    template: "google-gemma-4-31B-it",
    parts: [
      '<|tool>declaration:get_weather{description:<|"|>The weather <|im_end|> of a city<|"|>,parameters:{properties:{city:{description:<|"|>Its name<|"|>,type:<|"|>STRING<|"|>}},required:[<|"|>city<|"|>],type:<|"|>OBJECT<|"|>}}<tool|>',
      '<|channel>thought\nI look.\n<channel|><|tool_call>call:get_weather{city:<|"|>Paris<|"|>}<tool_call|><|tool_call>call:get_weather{city:<|"|>Rome<|"|>}<tool_call|>',
      '<|tool_response>response:get_weather{value:<|"|>rain<|"|>}<tool_response|>',
    ],
  },
  {
    name: "Gemma 2, whose template knows no tools: in words",
    template: "google-gemma-2-2b-it",
    parts: [
      "<start_of_turn>user\n# Tools\n\nYou may call one or more functions",
      "</tool_call>\n\nWeather?<end_of_turn>\n",
      gemma2("model", `${hermesCall("Paris")}\n${hermesCall("Rome")}`),
      gemma2("user", '<tool_response>\nrain\n</tool_response>\n<tool_response>\n"sun"\n</tool_response>'),
    ],
  },
  {
    name: "gpt-oss, one call a message",
    template: "openai-gpt-oss-120b",
    parts: [
      "Calls to these tools must go to the commentary channel: 'functions'.<|end|>",
      "## functions\n\nnamespace functions {\n\n// The weather <|im_end|> of a city\ntype get_weather = (_: {\n// Its name\ncity: string,\n}) => any;\n\n} // namespace functions<|end|>",
      "<|start|>assistant<|channel|>analysis<|message|>I look.<|end|>",
      harmonyCall("Paris", '"rain"') + harmonyCall("Rome", '"\\"sun\\""'),
    ],
  },
];

describe.each(withTools)("Tools: $name", ({ template: name, parts }) => {
  test("are listed, and calls with their results told as the model was trained on", async () => {
    const family = { name, template: name, bosToken: "<bos>", eosToken: "</s>" } as Family;
    const rendered = (await templateOf(family)).render(called, { tools: [weather] });
    const prompt = all(rendered);
    let from = 0;
    for (const part of parts) {
      const at = prompt.indexOf(part, from);
      expect({ part, prompt, isThere: at >= 0 }).toEqual({ part, prompt, isThere: true });
      from = at + part.length;
    }
    // What a description says is no mark, whatever it looks like.
    const control = rendered.flatMap((part) => (part.kind === "control" ? [part.text] : []));
    expect(control.join("").includes("The weather")).toBe(false);
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
