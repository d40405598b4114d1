// How a command fails: a sentence with what to do, or JSON for programs; a stack only where it was asked for.
import { type ErrorDescription, errorCodes } from "../contract/error-codes.ts";
import { AppError } from "../platform/errors.ts";
import { asTyped } from "./as-typed.ts";

export interface FailureOptions {
  readonly wantsJson: boolean;
  readonly debug: boolean;
  /** What people type for `shobar`. */
  readonly program: string;
}

/** Answers the exit code. */
export function tellFailure(error: unknown, { wantsJson, debug, program }: FailureOptions): number {
  const known = error instanceof AppError ? error : new AppError("internal_error", {}, { cause: error });
  if (wantsJson) {
    process.stderr.write(
      `${JSON.stringify({ error: { code: known.code, message: known.message, details: known.details } })}\n`,
    );
  } else {
    process.stderr.write(`${error instanceof AppError ? asTyped(known.message, program) : unexpected(error)}\n`);
  }
  if (debug) {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  const { exitCode }: ErrorDescription = errorCodes[known.code];
  return exitCode ?? 1;
}

function unexpected(error: unknown): string {
  return `Something unexpected happened: ${error instanceof Error ? error.message : String(error)}\nRun it again with SHOBAR_DEBUG=1 for what a bug report needs.`;
}
