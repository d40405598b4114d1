// How many bytes of a model's weights one token reads: on a CPU, that and the memory's speed decide how fast it answers.
import type { Tensor } from "./model-file-tensors.ts";

export interface Experts {
  /** 0 for a model that is no mixture of experts. */
  readonly count: number;
  /** How many of them compute a token; 0 where the file does not say. */
  readonly used: number;
}

/** The experts of a layer lie in one tensor, as llama.cpp's converter writes them; the shared ones are called shexp. */
const ofExperts = /_exps\./;
/** Of these tables one row is read. */
const lookedUp = /^(token_embd|per_layer_token_embd)\.weight$/;

/** Null for a mixture that does not say which part of it is read. */
export function bytesReadPerToken(tensors: readonly Tensor[], { count, used }: Experts): number | null {
  const isMixture = count > 0;
  if (isMixture && (used < 1 || used > count || !tensors.some(({ name }) => ofExperts.test(name)))) return null;
  // Without a table of its own the output is computed with the embeddings, all of them.
  const readsEmbeddings = !tensors.some(({ name }) => name === "output.weight");
  const read = tensors.map(({ name, bytes }) => {
    if (lookedUp.test(name) && !(readsEmbeddings && name === "token_embd.weight")) return 0;
    return isMixture && ofExperts.test(name) ? (bytes * used) / count : bytes;
  });
  return Math.round(read.reduce((sum, bytes) => sum + bytes, 0));
}
