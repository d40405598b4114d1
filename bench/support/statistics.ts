export interface Summary {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Throws on an empty list: a figure without a measurement is a bug of the bench. */
export function summarise(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b);
  if (sorted.length === 0) {
    throw new Error("nothing was measured");
  }
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

export function medianOf(values: readonly number[]): number {
  return summarise(values).median;
}
