// What a claim measured, and whether it keeps to its bar.
import { summarise } from "./statistics.ts";

export interface Row {
  readonly what: string;
  readonly unit: string;
  /** One number a round. */
  readonly rounds: readonly number[];
  /** What it must be; left out where the row is there to compare with. */
  readonly bar?: Bar;
}

export interface Bar {
  readonly is: "at least" | "at most";
  readonly value: number;
  /** The worst round counts, for what must never happen; else the median does. */
  readonly inEveryRound?: true;
}

export interface Claim {
  /** The file's name. */
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** What a reader must know to judge or repeat it: prompts, flags, what is counted. */
  readonly notes: readonly string[];
}

export interface Result extends Claim {
  readonly measuredAt: string;
  readonly commit: string;
  readonly machine: string;
}

/** Whether the row keeps to its bar; undefined without one. */
export function holds({ rounds, bar }: Row): boolean | undefined {
  if (!bar) {
    return undefined;
  }
  const { min, median, max } = summarise(rounds);
  return bar.is === "at least"
    ? (bar.inEveryRound ? min : median) >= bar.value
    : (bar.inEveryRound ? max : median) <= bar.value;
}

export function describeNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
