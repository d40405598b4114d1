// What a command and a running server say to each other over the control socket: one request, then JSON lines, any
// number of events and one result or error.
import type { ErrorCode } from "../contract/error-codes.ts";
import type { ErrorDetails } from "../platform/errors.ts";

export type ControlLine =
  | { readonly event: unknown }
  | { readonly result: unknown }
  | { readonly error: { readonly code: ErrorCode; readonly details: ErrorDetails } };
