// What the main thread and a database thread say to each other.
import type { ErrorCode } from "../../contract/error-codes.ts";
import { AppError, type ErrorDetails } from "../errors.ts";

export interface DatabaseWorkerData {
  readonly file: string;
  readonly mode: "read" | "write";
}

export interface CommandRequest {
  readonly id: number;
  readonly name: string;
  readonly args: unknown;
}

export type CommandReply =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: ThrownError };

export type ThrownError =
  | { readonly kind: "app"; readonly code: ErrorCode; readonly details: ErrorDetails; readonly cause: unknown }
  | { readonly kind: "bug"; readonly message: string; readonly stack: string };

export function packError(error: unknown): ThrownError {
  if (error instanceof AppError) {
    return {
      kind: "app",
      code: error.code,
      details: error.details,
      cause: error.cause instanceof Error ? error.cause.message : undefined,
    };
  }
  const bug = error instanceof Error ? error : new Error(String(error));
  return { kind: "bug", message: bug.message, stack: bug.stack ?? "" };
}

export function unpackError(thrown: ThrownError): Error {
  if (thrown.kind === "app") {
    return new AppError(thrown.code, thrown.details, { cause: thrown.cause });
  }
  const error = new Error(thrown.message);
  error.stack = thrown.stack;
  return error;
}
