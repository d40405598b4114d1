// Errors as clients of OpenAI's API know them. The headers that say whether to try again are the server's, for all APIs.
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
  too_many_attempts: "rate_limit_exceeded",
  not_signed_in: "invalid_api_key",
  invalid_request: "invalid_value",
};

const paramsOfCodes: Readonly<Record<string, string>> = { context_length_exceeded: "messages" };

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

function typeOfClass(status: number): string {
  return status >= 500 ? "server_error" : "invalid_request_error";
}
