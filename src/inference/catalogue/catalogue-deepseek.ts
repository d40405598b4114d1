// DeepSeek R1's way of thinking, taught to smaller models.
import type { CatalogueEntry } from "./catalogue-entry.ts";

const distill = {
  publisher: "DeepSeek",
  licence: "MIT",
  languages: ["en", "zh"],
  quantization: "Q4_K_M",
  goodFor: ["thinking"],
} as const;
const shape = { headLength: 128, contextTokens: 131_072 };

export const deepSeekModels: readonly CatalogueEntry[] = [
  {
    ...distill,
    id: "deepseek-r1-distill-qwen-1.5b",
    template: "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
    name: "DeepSeek R1 Distill Qwen 1.5B",
    repository: "bartowski/DeepSeek-R1-Distill-Qwen-1.5B-GGUF",
    file: "DeepSeek-R1-Distill-Qwen-1.5B-Q4_K_M.gguf",
    sizeBytes: 1_117_320_800,
    sha256: "1741e5b2d062b07acf048bf0d2c514dadf2a48f94e2b4aa0cfe069af3838ee2f",
    parameterCount: 1_800_000_000,
    goodFor: ["thinking", "small-machines"],
    shape: { ...shape, layers: 28, kvHeads: 2, embeddingLength: 1536, vocabularySize: 151_936 },
  },
  {
    ...distill,
    id: "deepseek-r1-distill-qwen-7b",
    template: "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
    name: "DeepSeek R1 Distill Qwen 7B",
    repository: "bartowski/DeepSeek-R1-Distill-Qwen-7B-GGUF",
    file: "DeepSeek-R1-Distill-Qwen-7B-Q4_K_M.gguf",
    sizeBytes: 4_683_073_504,
    sha256: "731ece8d06dc7eda6f6572997feb9ee1258db0784827e642909d9b565641937b",
    parameterCount: 7_600_000_000,
    shape: { ...shape, layers: 28, kvHeads: 4, embeddingLength: 3584, vocabularySize: 152_064 },
  },
  {
    ...distill,
    id: "deepseek-r1-distill-llama-8b",
    template: "deepseek-ai-DeepSeek-R1-Distill-Llama-8B",
    name: "DeepSeek R1 Distill Llama 8B",
    // DeepSeek's own part is MIT; what it was taught to is Meta's Llama 3.1 8B, whose terms go with it.
    licence: "Llama 3.1",
    repository: "unsloth/DeepSeek-R1-Distill-Llama-8B-GGUF",
    file: "DeepSeek-R1-Distill-Llama-8B-Q4_K_M.gguf",
    sizeBytes: 4_920_737_216,
    sha256: "0addb1339a82385bcd973186cd80d18dcc71885d45eabd899781a118d03827d9",
    parameterCount: 8_000_000_000,
    shape: { ...shape, layers: 32, kvHeads: 8, embeddingLength: 4096, vocabularySize: 128_256 },
  },
  {
    ...distill,
    id: "deepseek-r1-distill-qwen-14b",
    template: "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
    name: "DeepSeek R1 Distill Qwen 14B",
    repository: "bartowski/DeepSeek-R1-Distill-Qwen-14B-GGUF",
    file: "DeepSeek-R1-Distill-Qwen-14B-Q4_K_M.gguf",
    sizeBytes: 8_988_110_240,
    sha256: "0b319bd0572f2730bfe11cc751defe82045fad5085b4e60591ac2cd2d9633181",
    parameterCount: 14_800_000_000,
    goodFor: ["thinking", "code"],
    shape: { ...shape, layers: 48, kvHeads: 8, embeddingLength: 5120, vocabularySize: 152_064 },
  },
  {
    ...distill,
    id: "deepseek-r1-distill-qwen-32b",
    template: "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
    name: "DeepSeek R1 Distill Qwen 32B",
    repository: "bartowski/DeepSeek-R1-Distill-Qwen-32B-GGUF",
    file: "DeepSeek-R1-Distill-Qwen-32B-Q4_K_M.gguf",
    sizeBytes: 19_851_335_840,
    sha256: "bed9b0f551f5b95bf9da5888a48f0f87c37ad6b72519c4cbd775f54ac0b9fc62",
    parameterCount: 32_800_000_000,
    goodFor: ["thinking", "code"],
    shape: { ...shape, layers: 64, kvHeads: 8, embeddingLength: 5120, vocabularySize: 152_064 },
  },
];
