// Sets of Unicode characters as sorted ranges of code points that do not touch. Surrogates belong to no set.
export type CharacterSet = readonly (readonly [first: number, last: number])[];

export const anyCharacter: CharacterSet = [
  [0, 0xd7ff],
  [0xe000, 0x10ffff],
];

/** Sorts and joins ranges; surrogates fall out. */
export function characterSet(ranges: CharacterSet): CharacterSet {
  const joined: [number, number][] = [];
  for (const [first, last] of [...ranges].sort(([one], [other]) => one - other)) {
    const before = joined.at(-1);
    if (before !== undefined && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else joined.push([first, last]);
  }
  return intersectSets(joined, anyCharacter);
}

export function charactersOf(text: string): CharacterSet {
  return characterSet([...text].map((character) => codePoint(character)));
}

export function intersectSets(one: CharacterSet, other: CharacterSet): CharacterSet {
  const both: [number, number][] = [];
  for (let i = 0, j = 0; i < one.length && j < other.length;) {
    const [a, b] = one[i] as [number, number];
    const [c, d] = other[j] as [number, number];
    if (Math.max(a, c) <= Math.min(b, d)) both.push([Math.max(a, c), Math.min(b, d)]);
    if (b < d) i += 1;
    else j += 1;
  }
  return both;
}

export function complementSet(set: CharacterSet): CharacterSet {
  const gaps: [number, number][] = [];
  let next = 0;
  for (const [first, last] of set) {
    if (first > next) gaps.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= 0x10ffff) gaps.push([next, 0x10ffff]);
  return intersectSets(gaps, anyCharacter);
}

export function hasCharacter(set: CharacterSet, code: number): boolean {
  return set.some(([first, last]) => first <= code && code <= last);
}

function codePoint(character: string): [number, number] {
  const code = character.codePointAt(0) as number;
  return [code, code];
}
