// Numbers between bounds, as an automaton over their usual writing: no leading zeros, no exponent, and at most 15
// digits, so that what is written and what a reader's floating-point number says are on the same side of every bound.
import { type Automaton, determinise, intersectAutomata } from "./automaton.ts";
import { characterSet, type CharacterSet } from "./character-set.ts";

export interface NumberBound {
  readonly value: number;
  readonly inclusive: boolean;
}

export interface NumberLimits {
  readonly integer: boolean;
  readonly minimum: NumberBound | null;
  readonly maximum: NumberBound | null;
  /** Whole numbers that it must be a multiple of. */
  readonly multiples: readonly number[];
}

const mostDigits = 15;
const usualDecimals = 6;

/** Throws AutomatonTooLarge. */
export function numberAutomaton(limits: NumberLimits): Automaton {
  const isInteger = limits.integer || limits.multiples.length > 0;
  const minimum = isInteger ? roundUp(limits.minimum) : limits.minimum;
  const maximum = isInteger ? roundDown(limits.maximum) : limits.maximum;
  let automaton = rangeAutomaton(minimum, maximum, isInteger);
  for (const step of limits.multiples) automaton = intersectAutomata(automaton, multiplesAutomaton(step));
  return automaton;
}

/** Whether a bound has few enough decimals to be compared digit by digit. */
export function isWritableBound(value: number): boolean {
  return Number.isFinite(value) && plain(Math.abs(value)).decimals.length <= 12;
}

function roundUp(bound: NumberBound | null): NumberBound | null {
  if (bound === null) return null;
  const value = Math.ceil(bound.value);
  return { value: value === bound.value && !bound.inclusive ? value + 1 : value, inclusive: true };
}

function roundDown(bound: NumberBound | null): NumberBound | null {
  const up = roundUp(bound === null ? null : { value: -bound.value, inclusive: bound.inclusive });
  return up === null ? null : { value: -up.value, inclusive: true };
}

interface Magnitude {
  readonly whole: string;
  readonly decimals: string;
  readonly inclusive: boolean;
}

/** Positive numbers with no exponent. */
function plain(value: number): { whole: string; decimals: string } {
  const [mantissa = "", exponent = "0"] = String(value).split("e");
  const [whole = "", decimals = ""] = mantissa.split(".");
  const shift = Number(exponent);
  const all = shift < 0 ? "0".repeat(-shift) + whole + decimals : whole + decimals.padEnd(shift, "0");
  const point = shift < 0 ? whole.length : whole.length + shift;
  return { whole: all.slice(0, point).replace(/^0+(?=\d)/, ""), decimals: all.slice(point).replace(/0+$/, "") };
}

function magnitude(value: number, inclusive: boolean): Magnitude {
  return { ...plain(Math.abs(value)), inclusive };
}

const zero: Magnitude = { whole: "0", decimals: "", inclusive: true };

function rangeAutomaton(minimum: NumberBound | null, maximum: NumberBound | null, integer: boolean): Automaton {
  const parts: Range[] = [];
  if (maximum === null || maximum.value >= 0) {
    const least = minimum === null || minimum.value < 0 ? zero : magnitude(minimum.value, minimum.inclusive);
    const most = maximum === null ? null : magnitude(maximum.value, maximum.inclusive);
    parts.push({ sign: "", least, most });
  }
  if (minimum === null || minimum.value < 0) {
    // Zero is written without a sign.
    const least =
      maximum === null || maximum.value >= 0
        ? { ...zero, inclusive: false }
        : magnitude(maximum.value, maximum.inclusive);
    const most = minimum === null ? null : magnitude(minimum.value, minimum.inclusive);
    parts.push({ sign: "-", least, most });
  }
  return determinise(rangeMachine(parts, integer));
}

interface Range {
  readonly sign: "" | "-";
  readonly least: Magnitude;
  readonly most: Magnitude | null;
}

/** Its states: part, digits before the point in all, digits so far, still equal to the least, still equal to the most. */
function rangeMachine(parts: readonly Range[], integer: boolean) {
  const longest = Math.max(...parts.flatMap(({ least, most }) => [least, most]).map((m) => m?.decimals.length ?? 0));
  const decimals = Math.max(usualDecimals, longest + 1);
  const state = (...fields: (string | number | boolean)[]) => fields.map(Number).join(",");
  const starts = (part: number) => {
    const { least, most } = parts[part] as Range;
    return Array.from({ length: mostDigits }, (_, index) => index + 1)
      .filter((length) => length >= least.whole.length && (most === null || length <= most.whole.length))
      .map((length) => state(part, length, 0, length === least.whole.length, length === most?.whole.length));
  };
  const step = (part: number, read: "whole" | "decimals", at: number, low: boolean, high: boolean) => {
    const { least, most } = parts[part] as Range;
    const from = low ? digitAt(least[read], at) : 0;
    const to = high ? digitAt((most as Magnitude)[read], at) : 9;
    const moves: { digit: number; low: boolean; high: boolean }[] = [];
    for (let digit = from; digit <= to; digit += 1) {
      moves.push({ digit, low: low && digit === from, high: high && digit === to });
    }
    return moves;
  };
  const fields = (name: string) => name.split(",").map(Number) as [number, number, number, number, number];
  return {
    start: "start",
    jumps: (name: string) =>
      name === "start"
        ? parts.flatMap(({ sign }, part) => (sign === "" ? starts(part) : []))
        : name.startsWith("sign")
          ? starts(Number(name.slice(4)))
          : [],
    accepts: (name: string) => {
      if (name.startsWith("s") || name.startsWith("p")) return false;
      const [part, length, at, low, high] = fields(name);
      const { least, most } = parts[part] as Range;
      if (length > 0 && at < length) return false;
      const shown = length > 0 ? 0 : at;
      return !(low && isOutside(least, shown, "least")) && !(high && isOutside(most as Magnitude, shown, "most"));
    },
    edges: (name: string): { characters: CharacterSet; to: string }[] => {
      if (name === "start") {
        return parts.flatMap(({ sign }, part) =>
          sign === "" ? [] : [{ characters: digitSet("-".charCodeAt(0)), to: `sign${part}` }],
        );
      }
      if (name.startsWith("sign")) return [];
      const isPoint = name.startsWith("p");
      const [part, length, at, low, high] = fields(isPoint ? name.slice(1) : name);
      if (!isPoint && length > 0 && at === length) {
        // Digits before and behind the point are 15 together at most.
        if (integer || length + decimals > mostDigits) return [];
        return [{ characters: digitSet(".".charCodeAt(0)), to: `p${state(part, 0, 0, low, high)}` }];
      }
      if (length === 0 && at >= decimals) return [];
      return step(part, length > 0 ? "whole" : "decimals", at, low === 1, high === 1)
        .filter(({ digit }) => !(length > 1 && at === 0 && digit === 0))
        .map((move) => ({
          characters: digitSet(0x30 + move.digit),
          to: state(part, length, at + 1, move.low, move.high),
        }));
    },
  };
}

function digitAt(digits: string, at: number): number {
  return Number(digits[at] ?? 0);
}

/** A number that has been equal to the bound so far and ends with `shown` decimals. */
function isOutside({ decimals, inclusive }: Magnitude, shown: number, side: "least" | "most"): boolean {
  const isEqual = decimals.length <= shown;
  if (isEqual) return !inclusive;
  return side === "least";
}

function digitSet(code: number): CharacterSet {
  return [[code, code]];
}

function multiplesAutomaton(step: number): Automaton {
  return determinise<string>({
    start: "start",
    accepts: (name) => name === "0",
    edges: (name) => {
      const minus = name === "start" ? [{ characters: digitSet("-".charCodeAt(0)), to: "sign" }] : [];
      const rest = name === "start" || name === "sign" ? 0 : Number(name);
      const digits = Array.from({ length: 10 }, (_, digit) => ({
        characters: characterSet([[0x30 + digit, 0x30 + digit]]),
        to: String((rest * 10 + digit) % step),
      }));
      return [...minus, ...digits];
    },
  });
}
