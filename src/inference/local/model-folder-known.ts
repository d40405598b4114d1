// Facts about files that we know by heart, because they ship with the product. A file is known by its checksum.

export interface KnownModel {
  readonly fileName: string;
  readonly sha256: string;
  readonly fileBytes: number;
  readonly name: string;
  readonly licence: string;
  /** BCP 47 codes. */
  readonly languages: readonly string[];
}

export const starterModel: KnownModel = {
  fileName: "SmolLM2-135M-Instruct.Q4_1.gguf",
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
  fileBytes: 98_362_432,
  name: "SmolLM2 135M Instruct",
  licence: "Apache-2.0",
  languages: ["en"],
};
