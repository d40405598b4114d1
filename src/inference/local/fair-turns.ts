// Deficit round robin by tokens, between users and between one user's requests. Pure: what each is owed comes in and goes out.
//
// Whatever is served is owed to all that compete for it, in proportion to their weights, and taken from the one that got
// it. Next is the one whose next tokens fall due first, of those that are not ahead of their share.

export interface Contender<Key> {
  readonly key: Key;
  /** Its share beside others; 1 is normal. */
  readonly weight: number;
  /** What it would be given next. */
  readonly tokens: number;
}

/** Tokens by which each is behind its share; below 0 it is ahead. Who is not listed is neither. */
export type Owed<Key> = ReadonlyMap<Key, number>;

const leastWeight = 0.01;
/** What additions of fractions leave is no debt. */
const roundingError = 1e-6;

/** Of equals the first in the list. Null only for an empty list. */
export function nextInTurn<Key, Entry extends Contender<Key>>(
  contenders: readonly Entry[],
  owed: Owed<Key>,
): Entry | null {
  const owedTo = ({ key }: Entry) => owed.get(key) ?? 0;
  const due = (entry: Entry) => (entry.tokens - owedTo(entry)) / weightOf(entry);
  const entitled = contenders.filter((entry) => owedTo(entry) >= -roundingError);
  const [first = null, ...others] = entitled.length > 0 ? entitled : contenders;
  return others.reduce(
    (best, entry) => (best === null || due(entry) < due(best) - roundingError ? entry : best),
    first,
  );
}

/** What everybody is owed after `served`, one of the contenders, got so many tokens. */
export function afterTurn<Key>(
  owed: Owed<Key>,
  contenders: readonly Contender<Key>[],
  served: Key,
  tokens: number,
): Owed<Key> {
  const after = new Map(owed);
  const total = contenders.reduce((sum, entry) => sum + weightOf(entry), 0);
  const present = new Set(contenders.map(({ key }) => key));
  for (const entry of contenders) {
    const share = (tokens * weightOf(entry)) / total;
    after.set(entry.key, (owed.get(entry.key) ?? 0) + share - (entry.key === served ? tokens : 0));
  }
  // Who left while ahead stays so until the others have caught up: to leave and come back gains nothing.
  for (const [key, debt] of owed) {
    if (!present.has(key) && debt < 0) after.set(key, Math.min(0, debt + tokens / total));
  }
  return after;
}

/** Who left while behind has nothing to wait for, and who is even needs no entry: so the memory of it stays small. */
export function withoutSettled<Key>(owed: Owed<Key>, isPresent: (key: Key) => boolean): Owed<Key> {
  return new Map([...owed].filter(([key, debt]) => isPresent(key) || debt < -roundingError));
}

function weightOf({ weight }: { readonly weight: number }): number {
  return Math.max(leastWeight, weight);
}
