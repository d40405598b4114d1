// Deterministic automata over characters: what a pattern, a format, a range of numbers or a length allows. Each becomes
// grammar rules with one way to read any text, so that a grammar made of them never branches without need.
import { type CharacterSet, characterSet, hasCharacter } from "./character-set.ts";

export interface AutomatonEdge {
  readonly characters: CharacterSet;
  readonly to: number;
}

export interface AutomatonState {
  readonly accepts: boolean;
  /** Their sets do not overlap. */
  readonly edges: readonly AutomatonEdge[];
}

/** State 0 is the start; from every state but perhaps that one an accepting state can be reached. */
export type Automaton = readonly AutomatonState[];

/** Thrown where an automaton grows past what a grammar may hold. */
export class AutomatonTooLarge extends Error {}

const maxStates = 2_000;
const maxEdges = 40_000;

/** States by any name, with moves without a character; `determinise` makes an automaton of it. */
export interface Machine<State extends string | number> {
  readonly start: State;
  readonly accepts: (state: State) => boolean;
  readonly edges: (state: State) => readonly { readonly characters: CharacterSet; readonly to: State }[];
  readonly jumps?: (state: State) => readonly State[];
}

/** Throws AutomatonTooLarge. */
export function determinise<State extends string | number>(machine: Machine<State>): Automaton {
  const sets: (readonly State[])[] = [];
  const numbers = new Map<string, number>();
  const numberOf = (states: readonly State[]) => {
    const reached = closure(machine, states);
    const key = reached.join(" ");
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (sets.length >= maxStates) throw new AutomatonTooLarge();
    numbers.set(key, sets.length);
    return sets.push(reached) - 1;
  };
  numberOf([machine.start]);
  const automaton: AutomatonState[] = [];
  let edgeCount = 0;
  for (let index = 0; index < sets.length; index += 1) {
    const set = sets[index] as readonly State[];
    const moves = set.flatMap((state) => machine.edges(state));
    if ((edgeCount += moves.length) > maxEdges) throw new AutomatonTooLarge();
    const edges = separate(moves).map(({ characters, targets }) => ({ characters, to: numberOf(targets) }));
    automaton.push({ accepts: set.some((state) => machine.accepts(state)), edges });
  }
  return trim(automaton);
}

/** Texts that both accept. Throws AutomatonTooLarge. */
export function intersectAutomata(one: Automaton, other: Automaton): Automaton {
  const at = (key: string) => {
    const [i, j] = key.split("+").map(Number) as [number, number];
    return [one[i] as AutomatonState, other[j] as AutomatonState] as const;
  };
  return determinise<string>({
    start: "0+0",
    accepts: (key) => at(key).every(({ accepts }) => accepts),
    edges: (key) => {
      const [left, right] = at(key);
      return left.edges.flatMap((a) =>
        right.edges.flatMap((b) => {
          const characters = both(a.characters, b.characters);
          return characters.length === 0 ? [] : [{ characters, to: `${a.to}+${b.to}` }];
        }),
      );
    },
  });
}

export function acceptsText(automaton: Automaton, text: string): boolean {
  let state = automaton[0] as AutomatonState;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const edge = state.edges.find(({ characters }) => hasCharacter(characters, code));
    if (edge === undefined) return false;
    state = automaton[edge.to] as AutomatonState;
  }
  return state.accepts;
}

function both(one: CharacterSet, other: CharacterSet): CharacterSet {
  const ranges = one.flatMap(([a, b]) =>
    other.map(([c, d]) => [Math.max(a, c), Math.min(b, d)] as const).filter(([first, last]) => first <= last),
  );
  return characterSet(ranges);
}

function closure<State extends string | number>(machine: Machine<State>, states: readonly State[]): readonly State[] {
  const reached = new Set(states);
  if (machine.jumps !== undefined) {
    for (const state of reached) for (const next of machine.jumps(state)) reached.add(next);
  }
  return [...reached].sort(byName);
}

function byName(one: string | number, other: string | number): number {
  return one < other ? -1 : 1;
}

interface Move<State> {
  readonly characters: CharacterSet;
  readonly to: State;
}

/** Moves that overlap become moves that do not, each to all the states that its characters lead to. */
function separate<State extends string | number>(moves: readonly Move<State>[]) {
  const borders = [...new Set(moves.flatMap(({ characters }) => characters.flatMap(([a, b]) => [a, b + 1])))];
  borders.sort((one, other) => one - other);
  const place = new Map(borders.map((border, index) => [border, index]));
  const slices: Set<State>[] = borders.map(() => new Set());
  for (const { characters, to } of moves) {
    for (const [first, last] of characters) {
      const end = place.get(last + 1) as number;
      for (let slice = place.get(first) as number; slice < end; slice += 1) slices[slice]?.add(to);
    }
  }
  const groups = new Map<string, { ranges: [number, number][]; targets: State[] }>();
  for (const [index, targets] of slices.entries()) {
    if (targets.size === 0) continue;
    const sorted = [...targets].sort(byName);
    const group = groups.get(sorted.join(" ")) ?? { ranges: [], targets: sorted };
    group.ranges.push([borders[index] as number, (borders[index + 1] as number) - 1]);
    groups.set(sorted.join(" "), group);
  }
  return [...groups.values()].map(({ ranges, targets }) => ({ characters: characterSet(ranges), targets }));
}

/** Drops the states from which nothing is accepted, but not the start. */
function trim(automaton: readonly AutomatonState[]): Automaton {
  const into = automaton.map((): number[] => []);
  for (const [from, { edges }] of automaton.entries()) for (const { to } of edges) into[to]?.push(from);
  const useful = new Set(automaton.flatMap(({ accepts }, index) => (accepts ? [index] : [])));
  for (const state of useful) for (const from of into[state] as number[]) useful.add(from);
  if (!useful.has(0)) return [{ accepts: false, edges: [] }];
  const kept = [...useful].sort((one, other) => one - other);
  const renumbered = new Map(kept.map((old, index) => [old, index]));
  return kept.map((old) => {
    const { accepts, edges } = automaton[old] as AutomatonState;
    const left = edges.filter(({ to }) => useful.has(to));
    return { accepts, edges: left.map(({ characters, to }) => ({ characters, to: renumbered.get(to) as number })) };
  });
}
