// What a claim measured, and whether it keeps to its bar.
import { summarise } from "./statistics.ts";

export interface Row {
  readonly what: string;
  readonly unit: string;
  /** One number a round. */
  readonly rounds: readonly number[];
  /** What the median must be; left out where the row is there to compare with. */
  readonly bar?: Bar;
}

export interface Bar {
  readonly is: "at least" | "at most";
  readonly value: number;
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

/** Whether the median keeps to the row's bar; undefined without one. */
export function holds({ rounds, bar }: Row): boolean | undefined {
  if (!bar) {
    return undefined;
  }
  const { median } = summarise(rounds);
  return bar.is === "at least" ? median >= bar.value : median <= bar.value;
}

export function describeNumber(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
