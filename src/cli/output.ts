// Where a command speaks: sentences for people, or one JSON value a line for programs; errors go to stderr.
import { asTyped } from "./as-typed.ts";

export interface Output {
  readonly json: boolean;
  /** Whether a person watches: lines may be changed in place. */
  readonly isTerminal: boolean;
  readonly columns: number;
  /** One answer: `value` for programs, `text` for people. */
  answer(value: unknown, text: string): void;
  /** Without a line break, for people alone. */
  write(text: string): void;
}

/** `program`: what people type for `shobar`. */
export function createOutput(json: boolean, program: string): Output {
  return {
    json,
    isTerminal: !json && process.stdout.isTTY,
    columns: process.stdout.columns || 80,
    answer: (value, text) => void process.stdout.write(`${json ? JSON.stringify(value) : asTyped(text, program)}\n`),
    write(text) {
      if (!json) {
        process.stdout.write(asTyped(text, program));
      }
    },
  };
}
