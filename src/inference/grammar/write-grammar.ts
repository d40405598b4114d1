// From nodes to grammar rules: JSON text with at most a space or a line break with indents between its parts. Every rule
// begins with characters that tell its options apart where that can be had.
import { type Automaton, AutomatonTooLarge, determinise, intersectAutomata } from "./automaton.ts";
import { anyCharacter, type CharacterSet, characterSet, complementSet, intersectSets } from "./character-set.ts";
import { classText, type Element, GrammarRules, GrammarTooLarge, literalText, type Sequence } from "./grammar-rules.ts";
import { numberAutomaton } from "./number-automaton.ts";
import type {
  ArrayShape,
  JsonValue,
  NumberShape,
  ObjectShape,
  SchemaNode,
  Shape,
  StringShape,
} from "./schema-shapes.ts";

const quote = literalText('"');
const space: Element = { rule: "space" };
const comma: Sequence = [space, literalText(","), space];

/** What must not stand in a JSON string as itself, with the short way to write it; others are not written at all. */
const escapes: readonly (readonly [character: number, written: string])[] = [
  [0x22, '\\"'],
  [0x5c, "\\\\"],
  [0x08, "\\b"],
  [0x0c, "\\f"],
  [0x0a, "\\n"],
  [0x0d, "\\r"],
  [0x09, "\\t"],
];
const plainInStrings = complementSet(
  characterSet([
    [0, 0x1f],
    [0x22, 0x22],
    [0x5c, 0x5c],
    [0x7f, 0x7f],
  ]),
);

/** Null where no value fits. Throws GrammarTooLarge, and what the nodes throw. */
export function writeGrammar(root: SchemaNode, any: SchemaNode): string | null {
  const rules = new GrammarRules();
  const writer = new GrammarWriter(rules, any);
  try {
    rules.add("root", [[{ rule: writer.ruleOf(root) }]]);
    writer.writeAll();
  } catch (error) {
    if (error instanceof AutomatonTooLarge) throw new GrammarTooLarge();
    throw error;
  }
  return rules.write("root");
}

class GrammarWriter {
  readonly #rules: GrammarRules;
  readonly #any: SchemaNode;
  readonly #names = new Map<number, string>();
  readonly #waiting: SchemaNode[] = [];

  constructor(rules: GrammarRules, any: SchemaNode) {
    this.#rules = rules;
    this.#any = any;
  }

  /** Names a node's rule; what it says is written by `writeAll`, so that depth costs no stack. */
  ruleOf(node: SchemaNode): string {
    const known = this.#names.get(node.id);
    if (known !== undefined) return known;
    const name = `v${node.id}`;
    this.#names.set(node.id, name);
    this.#waiting.push(node);
    return name;
  }

  writeAll(): void {
    this.#addBasics();
    for (let node = this.#waiting.pop(); node !== undefined; node = this.#waiting.pop()) {
      const options = node.shapes().map((shape) => this.#shape(shape));
      this.#rules.add(this.#names.get(node.id) as string, options);
    }
  }

  #addBasics(): void {
    const indents = { text: "[ ]" };
    this.#rules.add("indent", [[indents]]);
    this.#rules.add("space", [[], [literalText(" ")], [literalText("\n"), ...this.#rules.repeat("indent", 0, 20)]]);
    this.#rules.add("char", [
      [classText(plainInStrings) as Element],
      [literalText("\\"), { text: '["\\\\/bfnrt]' }],
      [literalText("\\u"), { text: "[0-9abcefABCEF]" }, hex, hex, hex],
      [literalText("\\u"), { text: "[dD] [0-7]" }, hex, hex],
    ]);
    this.#rules.add("text", [[quote, ...this.#rules.repeat("char", 0, Infinity), quote]]);
    this.#rules.add("digit", [[digit]]);
    const digits = (least: number, most: number) => this.#rules.repeat("digit", least, most);
    this.#rules.add("whole", [[literalText("0")], [{ text: "[1-9]" }, ...digits(0, 14)]]);
    this.#rules.add("fraction", [[], [literalText("."), ...digits(1, 15)]]);
    this.#rules.add("exponent", [[], [{ text: "[eE]" }, { rule: "sign" }, ...digits(1, 2)]]);
    this.#rules.add("sign", [[], [{ text: "[+\\-]" }]]);
    this.#rules.add("minus", [[], [literalText("-")]]);
    this.#rules.add("number", [["minus", "whole", "fraction", "exponent"].map((rule) => ({ rule }))]);
    this.#rules.add("integer", [["minus", "whole"].map((rule) => ({ rule }))]);
  }

  #shape(shape: Shape): Sequence {
    switch (shape.kind) {
      case "any":
        return [{ rule: this.#anyRule() }];
      case "literal":
        return this.#literal(shape.value);
      case "string":
        return this.#string(shape);
      case "number":
        return this.#number(shape);
      case "array":
        return this.#array(shape);
      case "object":
        return this.#object(shape);
    }
  }

  #anyRule(): string {
    if (this.#rules.has("any")) return "any";
    this.#rules.add("any", []);
    const items = { kind: "array", prefix: [], items: this.#any, minItems: 0, maxItems: Infinity } as const;
    return this.#rules.add("any", [
      this.#object(anyObject(this.#any)),
      this.#array(items),
      [{ rule: "text" }],
      [{ rule: "number" }],
      ...["true", "false", "null"].map((word) => [literalText(word)]),
    ]);
  }

  #literal(value: JsonValue): Sequence {
    const text = JSON.stringify(value);
    return [literalText(text)];
  }

  #number(shape: NumberShape): Sequence {
    const isFree = shape.minimum === null && shape.maximum === null && shape.multiples.length === 0;
    if (isFree) return [{ rule: shape.integer ? "integer" : "number" }];
    return [{ rule: this.#automaton(numberAutomaton(shape), "number", (set) => [[classText(set)]], []) }];
  }

  #string({ automata, minLength, maxLength }: StringShape): Sequence {
    if (maxLength < minLength) return [{ rule: this.#nothing() }];
    const [first, ...others] = automata;
    if (first === undefined) {
      if (minLength === 0 && maxLength === Infinity) return [{ rule: "text" }];
      return [quote, ...this.#rules.repeat("char", minLength, maxLength), quote];
    }
    const isCounted = minLength > 0 || maxLength < Infinity;
    const all = isCounted ? [...others, lengthAutomaton(minLength, maxLength)] : others;
    return [quote, { rule: this.#stringRule(all.reduce(intersectAutomata, first)) }];
  }

  /** The rest of a string, its closing quote included. */
  #stringRule(automaton: Automaton): string {
    return this.#automaton(automaton, "string", writtenInStrings, [quote]);
  }

  #automaton(
    automaton: Automaton,
    stem: string,
    write: (set: CharacterSet) => readonly (readonly (Element | null)[])[],
    end: Sequence,
  ): string {
    const names = automaton.map(() => this.#rules.newName(stem));
    for (const [index, { accepts, edges }] of automaton.entries()) {
      const options: Sequence[] = accepts ? [end] : [];
      for (const { characters, to } of edges) {
        for (const written of write(characters)) {
          const text = written.filter((element) => element !== null);
          if (text.length > 0) options.push([...text, { rule: names[to] as string }]);
        }
      }
      this.#rules.add(names[index] as string, options);
    }
    return names[0] as string;
  }

  #nothing(): string {
    return this.#rules.has("nothing") ? "nothing" : this.#rules.add("nothing", []);
  }

  #array({ prefix, items, minItems, maxItems }: ArrayShape): Sequence {
    const close: Sequence = [space, literalText("]")];
    const most = items === null ? Math.min(maxItems, prefix.length) : maxItems;
    if (most < minItems) return [{ rule: this.#nothing() }];
    const lead = (index: number) => (index === 0 ? [space] : comma);
    let next = this.#listEnd(prefix.length, items, minItems, most, close);
    for (let index = Math.min(prefix.length, most) - 1; index >= 0; index -= 1) {
      const one = [...lead(index), { rule: this.ruleOf(prefix[index] as SchemaNode) }];
      const options: Sequence[] = [[...one, { rule: next }]];
      if (index >= minItems) options.push(close);
      next = this.#rules.add(this.#rules.newName("list"), options);
    }
    return [literalText("["), { rule: next }];
  }

  #listEnd(written: number, items: SchemaNode | null, least: number, most: number, close: Sequence): string {
    const name = this.#rules.newName("list");
    if (items === null || most <= written) return this.#rules.add(name, [close]);
    const item = { rule: this.ruleOf(items) };
    const following = this.#rules.add(this.#rules.newName("item"), [[...comma, item]]);
    if (written > 0) {
      const count = this.#rules.repeat(following, Math.max(0, least - written), most - written, Infinity);
      return this.#rules.add(name, [[...count, ...close]]);
    }
    const some = [space, item, ...this.#rules.repeat(following, Math.max(0, least - 1), most - 1, Infinity), ...close];
    return this.#rules.add(name, least === 0 ? [some, close] : [some]);
  }

  #object(shape: ObjectShape): Sequence {
    const names = [...shape.properties.keys()];
    const most = shape.maxProperties;
    const close: Sequence = [space, literalText("}")];
    const extra = shape.additional === "unsaid" ? (names.length === 0 ? this.#any : null) : shape.additional;
    const isCounted = shape.minProperties > 0 || most < Infinity;
    const made = new Map<string, string>();
    const extraMember = () => [quote, { rule: this.#otherName(names) }, ...this.#value(extra as SchemaNode)];

    /** Names from `index` on; `count` members are written, counted only where it matters. */
    const rest = (index: number, count: number): string => {
      const key = `${index} ${isCounted ? count : Math.min(count, 1)}`;
      const known = made.get(key);
      if (known !== undefined) return known;
      const rule = this.#rules.newName("members");
      made.set(key, rule);
      const lead = count === 0 ? [space] : comma;
      const options: Sequence[] = [];
      const name = names[index];
      if (name === undefined) {
        if (count >= shape.minProperties) options.push(close);
        // A name may come twice among others, so that only one of them surely counts.
        if (extra !== null && count < most && count + 1 >= shape.minProperties) {
          const following = this.#rules.add(this.#rules.newName("member"), [[...comma, ...extraMember()]]);
          options.push([
            ...lead,
            ...extraMember(),
            ...this.#rules.repeat(following, 0, most - count - 1, Infinity),
            ...close,
          ]);
        }
      } else {
        const value = this.#value(shape.properties.get(name) as SchemaNode);
        if (count < most) {
          options.push([...lead, literalText(JSON.stringify(name)), ...value, { rule: rest(index + 1, count + 1) }]);
        }
        if (!shape.required.has(name)) options.push([{ rule: rest(index + 1, count) }]);
      }
      return this.#rules.add(rule, options);
    };
    return [literalText("{"), { rule: rest(0, 0) }];
  }

  #value(node: SchemaNode): Sequence {
    return [literalText(":"), space, { rule: this.ruleOf(node) }];
  }

  /** The rest of a name that is none of these, its closing quote included. */
  #otherName(names: readonly string[]): string {
    return this.#stringRule(otherNames(names));
  }
}

const digit: Element = { text: "[0-9]" };
const hex: Element = { text: "[0-9a-fA-F]" };

export function anyObject(any: SchemaNode): ObjectShape {
  return {
    kind: "object",
    properties: new Map(),
    required: new Set(),
    additional: any,
    minProperties: 0,
    maxProperties: Infinity,
  };
}

function writtenInStrings(set: CharacterSet): readonly (readonly (Element | null)[])[] {
  const escaped = escapes.filter(([code]) => intersectSets(set, [[code, code]]).length > 0);
  return [[classText(intersectSets(set, plainInStrings))], ...escaped.map(([, written]) => [literalText(written)])];
}

function lengthAutomaton(least: number, most: number): Automaton {
  const last = most === Infinity ? least : most;
  return determinise<number>({
    start: 0,
    accepts: (count) => count >= least,
    edges: (count) => {
      if (count < last) return [{ characters: anyCharacter, to: count + 1 }];
      return most === Infinity ? [{ characters: anyCharacter, to: count }] : [];
    },
  });
}

/** States are beginnings of the names; "other" is what left them. */
function otherNames(names: readonly string[]): Automaton {
  const beginnings = new Set(names.flatMap((name) => [...name].map((_, at, all) => all.slice(0, at + 1).join(""))));
  return determinise<string>({
    start: "=",
    accepts: (state) => !state.startsWith("=") || !names.includes(state.slice(1)),
    edges: (state) => {
      if (!state.startsWith("=")) return [{ characters: anyCharacter, to: "other" }];
      const next = [...beginnings].filter(
        (text) => text.startsWith(state.slice(1)) && [...text].length === [...state].length,
      );
      const known = next.map((text) => ({
        characters: characterSet([[lastCode(text), lastCode(text)]]),
        to: `=${text}`,
      }));
      return [
        ...known,
        { characters: complementSet(characterSet(known.flatMap(({ characters }) => characters))), to: "other" },
      ];
    },
  });
}

function lastCode(text: string): number {
  return ([...text].at(-1) as string).codePointAt(0) as number;
}
