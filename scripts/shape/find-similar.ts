import type { Module } from "./read-modules.ts";

export interface SimilarPair {
  readonly files: readonly [string, string];
  /** Share of telling lines that both have, 0 to 1. */
  readonly similarity: number;
}

/** Shorter files look alike by chance. */
const fewestLines = 15;

/** The pairs of files that share most lines, most similar first. */
export function findSimilar(modules: readonly Pick<Module, "file" | "telling">[], count: number): SimilarPair[] {
  const long = modules.filter(({ telling }) => telling.size >= fewestLines);
  return long
    .flatMap((one, index) =>
      long.slice(index + 1).map((other): SimilarPair => {
        const both = [...one.telling].filter((line) => other.telling.has(line)).length;
        const similarity = both / (one.telling.size + other.telling.size - both);
        return { files: [one.file, other.file], similarity };
      }),
    )
    .sort((a, b) => b.similarity - a.similarity)
    .slice(0, count);
}
