// What is known of a model before it is fetched: facts of its publisher and of the very file that is fetched. Nothing here is
// guessed: a file stands here with the size and the SHA-256 under which its host lists it, or not at all.

export const purposes = ["everyday", "thinking", "code", "many-languages", "long-texts", "small-machines"] as const;
export type Purpose = (typeof purposes)[number];

export const licences = {
  "Apache-2.0": "https://www.apache.org/licenses/LICENSE-2.0",
  MIT: "https://opensource.org/license/mit",
  "Gemma terms": "https://ai.google.dev/gemma/terms",
  "Llama 3.1": "https://www.llama.com/llama3_1/license",
  "Llama 3.2": "https://www.llama.com/llama3_2/license",
} as const;
export type CatalogueLicence = keyof typeof licences;

/** What the memory plan needs of a model. */
export interface ModelShape {
  readonly layers: number;
  readonly kvHeads: number;
  /** Elements of one head's keys, and of its values. */
  readonly headLength: number;
  readonly embeddingLength: number;
  readonly vocabularySize: number;
  readonly contextTokens: number;
}

export interface CatalogueEntry {
  /** As it is typed: `qwen3-4b`. */
  readonly id: string;
  readonly name: string;
  /** Who made the model; whoever made the file is in `repository`. */
  readonly publisher: string;
  /** OWNER/NAME at the model host. */
  readonly repository: string;
  readonly file: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly quantization: string;
  /** As the publisher says it, rounded. */
  readonly parameterCount: number;
  /** How many of them compute one token; left out where all do. */
  readonly activeParameterCount?: number;
  readonly licence: CatalogueLicence;
  /** BCP 47 codes that the publisher names, or the most spoken ones where it names a hundred. */
  readonly languages: readonly string[];
  readonly goodFor: readonly Purpose[];
  readonly shape: ModelShape;
  /**
   * The chat template, by its name in llama.cpp, whose prompts a test compares with what the publisher says they must be;
   * left out where none does.
   */
  readonly template?: string;
}
