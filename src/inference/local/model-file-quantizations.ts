// How ggml stores weights (ggml.h, ggml-common.h) and what llama.cpp calls the mixes of them (llama.h, `llama_ftype`).

/** By tensor type id: weights per block and bytes per block. Ids that are missing were retired. */
export const tensorTypes: Readonly<Record<number, { readonly blockWeights: number; readonly blockBytes: number }>> = {
  0: { blockWeights: 1, blockBytes: 4 }, // F32
  1: { blockWeights: 1, blockBytes: 2 }, // F16
  2: { blockWeights: 32, blockBytes: 18 }, // Q4_0
  3: { blockWeights: 32, blockBytes: 20 }, // Q4_1
  6: { blockWeights: 32, blockBytes: 22 }, // Q5_0
  7: { blockWeights: 32, blockBytes: 24 }, // Q5_1
  8: { blockWeights: 32, blockBytes: 34 }, // Q8_0
  9: { blockWeights: 32, blockBytes: 36 }, // Q8_1
  10: { blockWeights: 256, blockBytes: 84 }, // Q2_K
  11: { blockWeights: 256, blockBytes: 110 }, // Q3_K
  12: { blockWeights: 256, blockBytes: 144 }, // Q4_K
  13: { blockWeights: 256, blockBytes: 176 }, // Q5_K
  14: { blockWeights: 256, blockBytes: 210 }, // Q6_K
  15: { blockWeights: 256, blockBytes: 292 }, // Q8_K
  16: { blockWeights: 256, blockBytes: 66 }, // IQ2_XXS
  17: { blockWeights: 256, blockBytes: 74 }, // IQ2_XS
  18: { blockWeights: 256, blockBytes: 98 }, // IQ3_XXS
  19: { blockWeights: 256, blockBytes: 50 }, // IQ1_S
  20: { blockWeights: 32, blockBytes: 18 }, // IQ4_NL
  21: { blockWeights: 256, blockBytes: 110 }, // IQ3_S
  22: { blockWeights: 256, blockBytes: 82 }, // IQ2_S
  23: { blockWeights: 256, blockBytes: 136 }, // IQ4_XS
  24: { blockWeights: 1, blockBytes: 1 }, // I8
  25: { blockWeights: 1, blockBytes: 2 }, // I16
  26: { blockWeights: 1, blockBytes: 4 }, // I32
  27: { blockWeights: 1, blockBytes: 8 }, // I64
  28: { blockWeights: 1, blockBytes: 8 }, // F64
  29: { blockWeights: 256, blockBytes: 56 }, // IQ1_M
  30: { blockWeights: 1, blockBytes: 2 }, // BF16
  34: { blockWeights: 256, blockBytes: 54 }, // TQ1_0
  35: { blockWeights: 256, blockBytes: 66 }, // TQ2_0
  39: { blockWeights: 32, blockBytes: 17 }, // MXFP4
  40: { blockWeights: 64, blockBytes: 36 }, // NVFP4
  41: { blockWeights: 128, blockBytes: 18 }, // Q1_0
  42: { blockWeights: 64, blockBytes: 18 }, // Q2_0
};

/** By `general.file_type`. */
export const quantizationNames: Readonly<Record<number, string>> = {
  0: "F32",
  1: "F16",
  2: "Q4_0",
  3: "Q4_1",
  7: "Q8_0",
  8: "Q5_0",
  9: "Q5_1",
  10: "Q2_K",
  11: "Q3_K_S",
  12: "Q3_K_M",
  13: "Q3_K_L",
  14: "Q4_K_S",
  15: "Q4_K_M",
  16: "Q5_K_S",
  17: "Q5_K_M",
  18: "Q6_K",
  19: "IQ2_XXS",
  20: "IQ2_XS",
  21: "Q2_K_S",
  22: "IQ3_XS",
  23: "IQ3_XXS",
  24: "IQ1_S",
  25: "IQ4_NL",
  26: "IQ3_S",
  27: "IQ3_M",
  28: "IQ2_S",
  29: "IQ2_M",
  30: "IQ4_XS",
  31: "IQ1_M",
  32: "BF16",
  36: "TQ1_0",
  37: "TQ2_0",
  38: "MXFP4",
  39: "NVFP4",
  40: "Q1_0",
  41: "Q2_0",
};
