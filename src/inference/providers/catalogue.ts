// The services outside that are known by name, as data. Whoever speaks the same API is a row here, not a file.

export interface ProviderPreset {
  readonly id: string;
  /** As people read it. Empty where whoever adds it names it. */
  readonly name: string;
  /** Without a slash at the end; empty where it is asked for. */
  readonly baseUrl: string;
  /** Where a key is made; null where nobody can say. */
  readonly keyPage: string | null;
  readonly needsKey: boolean;
  /** OpenAI replaced the old name, others do not know the new one. */
  readonly maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Beyond OpenAI's own: how this service calls them. What is not here is refused, not left out in silence. */
  readonly samplingFields: Partial<Readonly<Record<"topK" | "minP" | "repeatPenalty", readonly string[]>>>;
  /** How this service is told how much to think: by OpenAI's effort, DeepSeek's switch beside it, or Qwen's switch and budget. */
  readonly reasoningFields: "effort" | "switch" | "budget";
  /** Whether an answer with calls of tools must go back with what was thought before it. */
  readonly tellsReasoning: "never" | "with-tools";
  /** A path that refuses a wrong key, where the list of models is open to everybody. */
  readonly keyCheckPath: string | null;
}

const usual = {
  needsKey: true,
  maxTokensField: "max_tokens",
  samplingFields: {},
  reasoningFields: "effort",
  tellsReasoning: "never",
  keyCheckPath: null,
} as const;

export const providerPresets: readonly ProviderPreset[] = [
  {
    ...usual,
    id: "openai",
    name: "OpenAI",
    baseUrl: "https://api.openai.com/v1",
    keyPage: "https://platform.openai.com/api-keys",
    maxTokensField: "max_completion_tokens",
  },
  {
    ...usual,
    id: "deepseek",
    name: "DeepSeek",
    baseUrl: "https://api.deepseek.com/v1",
    keyPage: "https://platform.deepseek.com/api_keys",
    reasoningFields: "switch",
    tellsReasoning: "with-tools",
  },
  {
    ...usual,
    id: "qwen",
    name: "Qwen",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    keyPage: "https://modelstudio.console.alibabacloud.com",
    samplingFields: { topK: ["top_k"], repeatPenalty: ["repetition_penalty"] },
    reasoningFields: "budget",
  },
  {
    ...usual,
    id: "qwen-china",
    name: "Qwen (China)",
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    keyPage: "https://bailian.console.aliyun.com",
    samplingFields: { topK: ["top_k"], repeatPenalty: ["repetition_penalty"] },
    reasoningFields: "budget",
  },
  { ...usual, id: "xai", name: "xAI", baseUrl: "https://api.x.ai/v1", keyPage: "https://console.x.ai" },
  {
    ...usual,
    id: "groq",
    name: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    keyPage: "https://console.groq.com/keys",
    maxTokensField: "max_completion_tokens",
  },
  {
    ...usual,
    id: "openrouter",
    name: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    keyPage: "https://openrouter.ai/settings/keys",
    samplingFields: { topK: ["top_k"], minP: ["min_p"], repeatPenalty: ["repetition_penalty"] },
    keyCheckPath: "/key",
  },
  {
    ...usual,
    id: "other",
    name: "",
    baseUrl: "",
    keyPage: null,
    needsKey: false,
    // Servers of open models disagree about the last one's name and leave out what they do not know.
    samplingFields: { topK: ["top_k"], minP: ["min_p"], repeatPenalty: ["repetition_penalty", "repeat_penalty"] },
  },
];

/** What is known of none is known as `other`: a preset may be retired while providers that were added with it stay. */
export function findPreset(id: string): ProviderPreset {
  return providerPresets.find((preset) => preset.id === id) ?? providerPresets.at(-1)!;
}
