// The regular part of JavaScript's patterns as automata, with its meaning in JSON Schema: a pattern matches anywhere
// unless it is anchored. What is not regular (look-around, back references) or not built is refused.
import { type Automaton, AutomatonTooLarge, determinise } from "./automaton.ts";
import { anyCharacter, type CharacterSet, characterSet, charactersOf, complementSet } from "./character-set.ts";

const maxPatternCharacters = 2_000;
const maxNodes = 10_000;
const maxGroupDepth = 50;

const digits = characterSet([[0x30, 0x39]]);
const wordCharacters = characterSet([...digits, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]);
const spaces = characterSet([
  ...charactersOf("\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff"),
  [0x2000, 0x200a],
]);
const lineEnds = charactersOf("\n\r\u2028\u2029");
const classes: Readonly<Record<string, CharacterSet>> = {
  d: digits,
  D: complementSet(digits),
  w: wordCharacters,
  W: complementSet(wordCharacters),
  s: spaces,
  S: complementSet(spaces),
};
const namedCharacters: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, "0": 0 };

type Tree =
  | { readonly kind: "characters"; readonly characters: CharacterSet }
  | { readonly kind: "sequence"; readonly parts: readonly Tree[] }
  | { readonly kind: "choice"; readonly options: readonly Tree[] }
  | { readonly kind: "repeat"; readonly part: Tree; readonly least: number; readonly most: number };

/** Thrown for what is not regular, not built, or no pattern at all. */
export class PatternRefused extends Error {}

/** Throws PatternRefused or AutomatonTooLarge. */
export function patternAutomaton(pattern: string): Automaton {
  if (pattern.length > maxPatternCharacters) throw new AutomatonTooLarge();
  try {
    RegExp(pattern, "u");
  } catch (cause) {
    throw new PatternRefused("not a pattern", { cause });
  }
  return treeAutomaton(new PatternReader([...pattern]).read());
}

class PatternReader {
  readonly #characters: readonly string[];
  #at = 0;
  #depth = 0;

  constructor(characters: readonly string[]) {
    this.#characters = characters;
  }

  /** Each top-level option is anchored by itself. */
  read(): Tree {
    const anything: Tree = { kind: "repeat", part: { kind: "characters", characters: anyCharacter }, ...many };
    const options: Tree[] = [];
    do {
      const fromStart = this.#take("^");
      const body = this.#sequence();
      const toEnd = this.#take("$");
      options.push({
        kind: "sequence",
        parts: [...(fromStart ? [] : [anything]), body, ...(toEnd ? [] : [anything])],
      });
    } while (this.#take("|"));
    if (this.#at < this.#characters.length) throw new PatternRefused("an anchor inside");
    return { kind: "choice", options };
  }

  #take(text: string): boolean {
    const isNext = [...text].every((character, offset) => this.#characters[this.#at + offset] === character);
    if (isNext) this.#at += text.length;
    return isNext;
  }

  #next(): string {
    const character = this.#characters[this.#at];
    if (character === undefined) throw new PatternRefused("its end comes early");
    this.#at += 1;
    return character;
  }

  #sequence(): Tree {
    const parts: Tree[] = [];
    while (this.#at < this.#characters.length && !["|", ")", "$"].includes(this.#characters[this.#at] as string)) {
      parts.push(this.#quantified(this.#atom()));
    }
    return { kind: "sequence", parts };
  }

  #atom(): Tree {
    if (this.#take("(")) return this.#group();
    const character = this.#next();
    if (character === "^") throw new PatternRefused("an anchor inside");
    if (character === ".") return { kind: "characters", characters: complementSet(lineEnds) };
    if (character === "[") return { kind: "characters", characters: this.#class() };
    return { kind: "characters", characters: character === "\\" ? this.#escape() : charactersOf(character) };
  }

  #group(): Tree {
    if (this.#take("?") && !this.#take(":")) {
      if (!this.#take("<") || this.#take("=") || this.#take("!")) throw new PatternRefused("look-around");
      while (this.#next() !== ">");
    }
    if ((this.#depth += 1) > maxGroupDepth) throw new AutomatonTooLarge();
    const options: Tree[] = [];
    do options.push(this.#sequence());
    while (this.#take("|"));
    if (!this.#take(")")) throw new PatternRefused("an anchor inside");
    this.#depth -= 1;
    return { kind: "choice", options };
  }

  #quantified(part: Tree): Tree {
    const range = this.#quantifier();
    if (range === null) return part;
    // Lazy or not, the texts are the same.
    this.#take("?");
    return { kind: "repeat", part, ...range };
  }

  #quantifier(): { least: number; most: number } | null {
    if (this.#take("*")) return many;
    if (this.#take("+")) return { least: 1, most: Infinity };
    if (this.#take("?")) return { least: 0, most: 1 };
    if (!this.#take("{")) return null;
    let inside = "";
    for (let next = this.#next(); next !== "}"; next = this.#next()) inside += next;
    const [least, most] = inside.split(",");
    return { least: Number(least), most: most === undefined ? Number(least) : most === "" ? Infinity : Number(most) };
  }

  #class(): CharacterSet {
    const isNegated = this.#take("^");
    const ranges: (readonly [number, number])[] = [];
    while (!this.#take("]")) {
      const first = this.#classItem();
      const isRange = this.#characters[this.#at] === "-" && this.#characters[this.#at + 1] !== "]";
      if (!isRange) ranges.push(...first);
      else {
        this.#next();
        const last = this.#classItem();
        ranges.push([(first[0] as readonly [number, number])[0], (last[0] as readonly [number, number])[1]]);
      }
    }
    const characters = characterSet(ranges);
    return isNegated ? complementSet(characters) : characters;
  }

  #classItem(): CharacterSet {
    const character = this.#next();
    if (character !== "\\") return charactersOf(character);
    return this.#take("b") ? charactersOf("\b") : this.#escape();
  }

  #escape(): CharacterSet {
    const letter = this.#next();
    const known = classes[letter];
    if (known !== undefined) return known;
    const named = namedCharacters[letter];
    if (named !== undefined) return [[named, named]];
    if (letter === "x") return this.#hexadecimal(2);
    if (letter === "u") return this.#take("{") ? this.#hexadecimal(null) : this.#hexadecimal(4);
    if (/[A-Za-z1-9]/.test(letter)) throw new PatternRefused(`\\${letter}`);
    return charactersOf(letter);
  }

  #hexadecimal(length: number | null): CharacterSet {
    let text = "";
    if (length === null) for (let next = this.#next(); next !== "}"; next = this.#next()) text += next;
    else while (text.length < length) text += this.#next();
    const code = Number.parseInt(text, 16);
    // Half of a character: as a pair it would be one, which nobody writes in a schema.
    if (code >= 0xd800 && code <= 0xdfff) throw new PatternRefused("half a character");
    return [[code, code]];
  }
}

const many = { least: 0, most: Infinity };

function treeAutomaton(tree: Tree): Automaton {
  const edges: { characters: CharacterSet; to: number }[][] = [];
  const jumps: number[][] = [];
  const node = () => {
    if (edges.length >= maxNodes) throw new AutomatonTooLarge();
    jumps.push([]);
    return edges.push([]) - 1;
  };
  const jump = (from: number, to: number) => (jumps[from] as number[]).push(to);
  const add = (part: Tree, from: number): number => {
    if (part.kind === "characters") {
      const to = node();
      edges[from]?.push({ characters: part.characters, to });
      return to;
    }
    if (part.kind === "sequence") return part.parts.reduce((at, next) => add(next, at), from);
    if (part.kind === "choice") {
      const end = node();
      for (const option of part.options) jump(add(option, from), end);
      return end;
    }
    let at = from;
    for (let count = 0; count < part.least; count += 1) at = add(part.part, at);
    const end = node();
    jump(at, end);
    if (part.most === Infinity) {
      const again = node();
      jump(at, again);
      const after = add(part.part, again);
      jump(after, again);
      jump(after, end);
    } else {
      for (let count = part.least; count < part.most; count += 1) jump((at = add(part.part, at)), end);
    }
    return end;
  };
  const start = node();
  // A node of its own for every option: what one may loop into, another must not enter.
  const accepting = add(tree, start);
  return determinise<number>({
    start,
    accepts: (state) => state === accepting,
    edges: (state) => edges[state] ?? [],
    jumps: (state) => jumps[state] ?? [],
  });
}
