import type { CatalogueEntry } from "./catalogue-entry.ts";

const llama = {
  publisher: "Meta",
  languages: ["en", "de", "fr", "it", "pt", "hi", "es", "th"],
  quantization: "Q4_K_M",
} as const;
const llamaShape = { kvHeads: 8, vocabularySize: 128_256, contextTokens: 131_072 };
/** Gemma 3 was taught over 140; of those, the most spoken. Its smallest knows English alone. */
const gemmaLanguages = "en zh bn hi ur ar fa tr es pt fr de it nl pl ru uk id vi th ja ko ta te mr gu ne sw".split(" ");
const gemma = { publisher: "Google", licence: "Gemma terms", quantization: "Q4_K_M" } as const;
const gemmaShape = { headLength: 256, vocabularySize: 262_144, contextTokens: 131_072 };

export const llamaModels: readonly CatalogueEntry[] = [
  {
    ...llama,
    id: "llama-3.2-1b",
    name: "Llama 3.2 1B Instruct",
    repository: "bartowski/Llama-3.2-1B-Instruct-GGUF",
    file: "Llama-3.2-1B-Instruct-Q4_K_M.gguf",
    sizeBytes: 807_694_464,
    sha256: "6f85a640a97cf2bf5b8e764087b1e83da0fdb51d7c9fab7d0fece9385611df83",
    parameterCount: 1_200_000_000,
    licence: "Llama 3.2",
    goodFor: ["everyday", "small-machines"],
    shape: { ...llamaShape, layers: 16, headLength: 64, embeddingLength: 2048 },
  },
  {
    ...llama,
    id: "llama-3.2-3b",
    name: "Llama 3.2 3B Instruct",
    repository: "bartowski/Llama-3.2-3B-Instruct-GGUF",
    file: "Llama-3.2-3B-Instruct-Q4_K_M.gguf",
    sizeBytes: 2_019_377_696,
    sha256: "6c1a2b41161032677be168d354123594c0e6e67d2b9227c84f296ad037c728ff",
    parameterCount: 3_200_000_000,
    licence: "Llama 3.2",
    goodFor: ["everyday"],
    shape: { ...llamaShape, layers: 28, headLength: 128, embeddingLength: 3072 },
  },
  {
    ...llama,
    id: "llama-3.1-8b",
    template: "meta-llama-Llama-3.1-8B-Instruct",
    name: "Llama 3.1 8B Instruct",
    repository: "bartowski/Meta-Llama-3.1-8B-Instruct-GGUF",
    file: "Meta-Llama-3.1-8B-Instruct-Q4_K_M.gguf",
    sizeBytes: 4_920_739_232,
    sha256: "7b064f5842bf9532c91456deda288a1b672397a54fa729aa665952863033557c",
    parameterCount: 8_000_000_000,
    licence: "Llama 3.1",
    goodFor: ["everyday", "long-texts"],
    shape: { ...llamaShape, layers: 32, headLength: 128, embeddingLength: 4096 },
  },
];

export const gemmaModels: readonly CatalogueEntry[] = [
  {
    ...gemma,
    id: "gemma-3-1b",
    name: "Gemma 3 1B",
    repository: "ggml-org/gemma-3-1b-it-GGUF",
    file: "gemma-3-1b-it-Q4_K_M.gguf",
    sizeBytes: 806_058_240,
    sha256: "8ccc5cd1f1b3602548715ae25a66ed73fd5dc68a210412eea643eb20eb75a135",
    parameterCount: 1_000_000_000,
    languages: ["en"],
    goodFor: ["everyday", "small-machines"],
    shape: { ...gemmaShape, layers: 26, kvHeads: 1, embeddingLength: 1152, contextTokens: 32_768 },
  },
  {
    ...gemma,
    id: "gemma-3-4b",
    name: "Gemma 3 4B",
    repository: "ggml-org/gemma-3-4b-it-GGUF",
    file: "gemma-3-4b-it-Q4_K_M.gguf",
    sizeBytes: 2_489_757_856,
    sha256: "882e8d2db44dc554fb0ea5077cb7e4bc49e7342a1f0da57901c0802ea21a0863",
    parameterCount: 3_900_000_000,
    languages: gemmaLanguages,
    goodFor: ["everyday", "many-languages"],
    shape: { ...gemmaShape, layers: 34, kvHeads: 4, embeddingLength: 2560 },
  },
  {
    ...gemma,
    id: "gemma-3-12b",
    name: "Gemma 3 12B",
    repository: "ggml-org/gemma-3-12b-it-GGUF",
    file: "gemma-3-12b-it-Q4_K_M.gguf",
    sizeBytes: 7_300_574_976,
    sha256: "7bb69bff3f48a7b642355d64a90e481182a7794707b3133890646b1efa778ff5",
    parameterCount: 11_800_000_000,
    languages: gemmaLanguages,
    goodFor: ["everyday", "many-languages", "long-texts"],
    shape: { ...gemmaShape, layers: 48, kvHeads: 8, embeddingLength: 3840 },
  },
];
