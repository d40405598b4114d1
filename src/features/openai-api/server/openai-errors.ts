// Errors as clients of OpenAI's API know them: the body, and the headers that tell an SDK whether and when to try again.
import { type ErrorDescription, errorCodes } from "../../../contract/error-codes.ts";
import { AppError } from "../../../platform/errors.ts";

export interface OpenAiErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string;
  };
}

/** The official SDKs ignore a longer one and fall back to their own short back-off. */
const maxRetryAfterSeconds = 60;

/** Statuses that the official SDKs retry on their own, so that a refusal that cannot change must say so. */
const retriedByClients = new Set([408, 409, 429]);

const typesByStatus: Readonly<Record<number, string>> = {
  401: "authentication_error",
  403: "permission_error",
  429: "rate_limit_error",
};

/** Where OpenAI's own code for the same thing is what clients compare with. */
const codesOfOpenAi: Readonly<Record<string, string>> = {
  internal_error: "server_error",
  route_not_found: "unknown_url",
  queue_full: "rate_limit_exceeded",
  provider_busy: "rate_limit_exceeded",
  provider_out_of_credit: "insufficient_quota",
  provider_context_exceeded: "context_length_exceeded",
  provider_model_missing: "model_not_found",
  too_many_attempts: "rate_limit_exceeded",
  not_signed_in: "invalid_api_key",
  invalid_request: "invalid_value",
};

const paramsOfCodes: Readonly<Record<string, string>> = {
  context_length_exceeded: "messages",
  unsupported_schema: "response_format",
  unsatisfiable_schema: "response_format",
  no_token_allowed: "response_format",
  provider_context_exceeded: "messages",
  provider_model_missing: "model",
};

/** Anything but an AppError is a bug, and says no more than that outside. */
export function openAiErrorBody(error: unknown): OpenAiErrorBody {
  const known = error instanceof AppError ? error : new AppError("internal_error");
  const description: ErrorDescription = errorCodes[known.code];
  const { param = paramsOfCodes[known.code], accepted } = known.details;
  const hint = accepted === undefined ? "" : ` Accepted here: ${accepted}.`;
  return {
    error: {
      message: known.message + hint,
      type: description.openAiType ?? typesByStatus[known.status] ?? typeOfClass(known.status),
      param: typeof param === "string" && param !== "" ? param : null,
      code: codesOfOpenAi[known.code] ?? known.code,
    },
  };
}

export function openAiErrorHeaders(error: AppError): Record<string, string> {
  const headers: Record<string, string> = {};
  if (error.status >= 500 || retriedByClients.has(error.status)) {
    headers["x-should-retry"] = String(error.retryable);
  }
  if (error.retryable && (error.status === 429 || error.status === 503)) {
    const seconds = Math.min(maxRetryAfterSeconds, Math.max(1, Number(error.details["seconds"] ?? 1) || 1));
    headers["retry-after"] = String(Math.ceil(seconds));
    headers["retry-after-ms"] = String(Math.ceil(seconds * 1000));
  }
  return headers;
}

function typeOfClass(status: number): string {
  return status >= 500 ? "server_error" : "invalid_request_error";
}
