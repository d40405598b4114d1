import type { CatalogueModel } from "../contract.ts";

/**
 * What helps most on this machine first: of those that are known to run well the largest, then those whose speed nobody
 * knows, the slow ones, and those that do not fit, the smallest first.
 */
export function bestFirst(models: readonly CatalogueModel[]): CatalogueModel[] {
  return models.toSorted((one, other) => {
    const [rank, otherRank] = [rankOf(one), rankOf(other)];
    if (rank !== otherRank) return rank - otherRank;
    return rank === 0 ? other.sizeBytes - one.sizeBytes : one.sizeBytes - other.sizeBytes;
  });
}

function rankOf({ memory, speed }: CatalogueModel): number {
  if (memory?.fits !== true) return 3;
  if (speed === null) return 1;
  return speed.isSlow ? 2 : 0;
}
