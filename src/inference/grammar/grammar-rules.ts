// Rules of a GBNF grammar while it is being written. Keeps to what llama.cpp's parser takes (a repetition is expanded
// there, and past 2,000 parts refused or read as endless), and drops what no finite text fits.
import { hasCharacter } from "./character-set.ts";
import type { CharacterSet } from "./character-set.ts";

/** `text` is GBNF for at least one character; `rule` is another rule's name. */
export type Element = { readonly text: string } | { readonly rule: string };
export type Sequence = readonly Element[];

/** Thrown where a grammar would be larger than the engine should hold. */
export class GrammarTooLarge extends Error {}

const maxElements = 60_000;
/** Well inside the parser's 2,000. */
const mostAtOnce = 200;

export class GrammarRules {
  readonly #rules = new Map<string, readonly Sequence[]>();
  #elements = 0;
  #names = 0;

  newName(stem: string): string {
    this.#names += 1;
    return `${stem}-${this.#names}`;
  }

  has(name: string): boolean {
    return this.#rules.has(name);
  }

  add(name: string, options: readonly Sequence[]): string {
    this.#elements += options.reduce((sum, option) => sum + option.length + 1, 1);
    if (this.#elements > maxElements) throw new GrammarTooLarge();
    this.#rules.set(name, options);
    return name;
  }

  /**
   * `name` so many times; `most` may be Infinity. Past `atOnce` the rules grow with the root of the count, and there are
   * two ways to read what repeats.
   */
  repeat(name: string, least: number, most: number, atOnce = mostAtOnce): Sequence {
    if (most === Infinity) return [...this.#exactly(name, least), { rule: this.#endless(name) }];
    return [...this.#exactly(name, least), ...this.#atMost(name, most - least, atOnce)];
  }

  #endless(name: string): string {
    const again = `${name}-all`;
    return this.has(again) ? again : this.add(again, [[{ rule: name }, { rule: again }], []]);
  }

  #exactly(name: string, count: number): Sequence {
    if (count <= mostAtOnce) return Array.from({ length: count }, () => ({ rule: name }));
    const size = Math.ceil(Math.sqrt(count));
    const block = this.#block(name, size);
    return [...this.#exactly(block, Math.floor(count / size)), ...this.#exactly(name, count % size)];
  }

  #atMost(name: string, count: number, atOnce = mostAtOnce): Sequence {
    if (count === 0) return [];
    if (count <= atOnce) return [{ rule: this.#chain(name, count) }];
    // Whole blocks, then what is less than a block; behind the last whole block only the rest of the count.
    const size = Math.ceil(Math.sqrt(count));
    const blocks = Math.floor(count / size);
    const block = this.#block(name, size);
    const partly = { rule: this.add(this.newName("part"), [this.#atMost(name, size - 1)]) };
    const either = this.newName("some");
    this.add(either, [
      [...this.#atMost(block, blocks - 1), partly],
      [...this.#exactly(block, blocks), ...this.#atMost(name, count % size)],
    ]);
    return [{ rule: either }];
  }

  #block(name: string, size: number): string {
    const block = `${name}-x${size}`;
    return this.has(block) ? block : this.add(block, [this.#exactly(name, size)]);
  }

  /** One rule for each count, so that the next shorter chain is shared. */
  #chain(name: string, count: number): string {
    const chain = `${name}-to${count}`;
    if (this.has(chain)) return chain;
    // Made from the short end, so that no count is deep.
    for (let length = 1; length <= count; length += 1) {
      const rest = length === 1 ? [] : [{ rule: `${name}-to${length - 1}` }];
      if (!this.has(`${name}-to${length}`)) this.add(`${name}-to${length}`, [[{ rule: name }, ...rest], []]);
    }
    return chain;
  }

  /** GBNF with `root` as its start, or null where no finite text fits. */
  write(root: string): string | null {
    const finite = this.#finite();
    if (!finite.has(root)) return null;
    const isFinite = (option: Sequence) => option.every((element) => "text" in element || finite.has(element.rule));
    const kept = new Map([...this.#rules].map(([name, options]) => [name, options.filter(isFinite)]));
    const reached = new Set([root]);
    for (const name of reached) {
      for (const element of (kept.get(name) as readonly Sequence[]).flat()) {
        if ("rule" in element) reached.add(element.rule);
      }
    }
    const lines = [...reached].map((name) => `${name} ::= ${(kept.get(name) ?? []).map(writeSequence).join(" | ")}`);
    return `${lines.join("\n")}\n`;
  }

  /** Rules that some finite text fits, found from the leaves up. */
  #finite(): ReadonlySet<string> {
    const users = new Map<string, { readonly name: string; missing: number }[]>();
    const finite = new Set<string>();
    for (const [name, options] of this.#rules) {
      for (const option of options) {
        const rules = new Set(option.flatMap((element) => ("rule" in element ? [element.rule] : [])));
        const use = { name, missing: rules.size };
        if (rules.size === 0) finite.add(name);
        for (const rule of rules) users.set(rule, [...(users.get(rule) ?? []), use]);
      }
    }
    for (const name of finite) {
      for (const use of users.get(name) ?? []) {
        use.missing -= 1;
        if (use.missing === 0) finite.add(use.name);
      }
    }
    return finite;
  }
}

function writeSequence(sequence: Sequence): string {
  if (sequence.length === 0) return '""';
  return sequence.map((element) => ("text" in element ? element.text : element.rule)).join(" ");
}

export function literalText(text: string): Element {
  return { text: `"${[...text].map((character) => escapeCharacter(character.codePointAt(0) as number)).join("")}"` };
}

/** Null for an empty set. */
export function classText(set: CharacterSet): Element | null {
  if (set.length === 0) return null;
  const ranges = set.map(([first, last]) => {
    const end = last === first ? "" : `-${escapeCharacter(last)}`;
    return escapeCharacter(first) + end;
  });
  return { text: `[${ranges.join("")}]` };
}

const plainCharacters: CharacterSet = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x61, 0x7a],
];

function escapeCharacter(code: number): string {
  if (hasCharacter(plainCharacters, code)) return String.fromCodePoint(code);
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, "0")}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, "0")}`;
  return `\\U${code.toString(16).padStart(8, "0")}`;
}
