// A command is one whole transaction: a function of a store and plain arguments. It runs in the database's own thread,
// so a slow report or an fsync never blocks a stream, and it may await nothing but its own queries.
import type { Kysely } from "kysely";
import type { Tables } from "./tables.ts";

export type Transaction = Kysely<Tables>;

export interface Command<Arguments, Result> {
  /** Unique, `<store>.<verb>`; how the command is named between threads. */
  readonly name: string;
  readonly mode: "read" | "write";
  readonly run: (transaction: Transaction, args: Arguments) => Promise<Result>;
}

// oxlint-disable-next-line typescript/no-explicit-any -- a registry holds commands of all argument types
export type AnyCommand = Command<any, any>;

export function readCommand<Arguments, Result>(
  name: string,
  run: (transaction: Transaction, args: Arguments) => Promise<Result>,
): Command<Arguments, Result> {
  return { name, mode: "read", run };
}

export function writeCommand<Arguments, Result>(
  name: string,
  run: (transaction: Transaction, args: Arguments) => Promise<Result>,
): Command<Arguments, Result> {
  return { name, mode: "write", run };
}

export interface Database {
  /** Runs the command whole or not at all; a write is acknowledged only after its commit is on disk. */
  run<Arguments, Result>(command: Command<Arguments, Result>, args: Arguments): Promise<Result>;
  close(): Promise<void>;
}
