// The one error class for failures that we expect. Anything else that is thrown is a bug.
import { type ErrorCode, errorCodes, type ErrorDescription } from "../contract/error-codes.ts";
import { fillIn } from "../contract/fill-in.ts";

export type ErrorDetails = Readonly<Record<string, string | number>>;

export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;
  readonly status: number;
  readonly retryable: boolean;

  constructor(code: ErrorCode, details: ErrorDetails = {}, options?: { cause?: unknown }) {
    const description: ErrorDescription = errorCodes[code];
    super(fillIn(description.message, details), options);
    this.code = code;
    this.details = details;
    this.status = description.status;
    this.retryable = description.retryable === true;
  }
}
