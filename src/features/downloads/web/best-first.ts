import type { CatalogueModel } from "../contract.ts";

/** What helps most on this machine first: of those that run well the largest, then the slow ones, then those that do not fit. */
export function bestFirst(models: readonly CatalogueModel[]): CatalogueModel[] {
  return models.toSorted((one, other) => {
    const [rank, otherRank] = [rankOf(one), rankOf(other)];
    if (rank !== otherRank) return rank - otherRank;
    return rank === 0 ? other.sizeBytes - one.sizeBytes : one.sizeBytes - other.sizeBytes;
  });
}

function rankOf({ memory, speed }: CatalogueModel): number {
  if (memory?.fits !== true) return 2;
  return speed?.isSlow === true ? 1 : 0;
}
