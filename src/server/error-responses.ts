// The two forms of an error: ours, and OpenAI's for `/v1` and its aliases. Expected failures are told as they are;
// anything else is a bug: logged with its stack, shown as internal_error with the request id.
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import type { ErrorBody } from "../contract/error-codes.ts";
import { openAiErrorBody, openAiErrorHeaders } from "../features/openai-api/server/openai-errors.ts";
import { AppError } from "../platform/errors.ts";
import { isDiskFull } from "../platform/file-problem.ts";
import { formatBytes } from "../platform/format-bytes.ts";

export function sendError(request: FastifyRequest, reply: FastifyReply, thrown: unknown): FastifyReply {
  const error = toAppError(thrown, request.routeOptions.bodyLimit);
  if (error.code === "internal_error") {
    request.log.error({ event: "request-failed", route: request.routeOptions.url, err: thrown });
  }
  if (error.code === "body_too_large") {
    // Not closed, as Fastify would, but read to its end and dropped: a connection that is closed on a proxy which is still
    // sending becomes a 502 that says nothing. The time for a whole request bounds it.
    void reply.removeHeader("connection");
  }
  void reply.header("x-request-id", request.id).headers(openAiErrorHeaders(error));
  return reply.code(error.status).send(speaksOpenAi(request) ? openAiErrorBody(error) : errorBody(error, request.id));
}

export function errorBody(error: AppError, requestId: string): ErrorBody {
  const hasDetails = Object.keys(error.details).length > 0;
  return {
    error: { code: error.code, message: error.message, ...(hasDetails ? { details: error.details } : {}), requestId },
  };
}

function speaksOpenAi(request: FastifyRequest): boolean {
  return request.routeOptions.config?.endpoint?.access === "api" || /^\/v1(\/|\?|$)/.test(request.url);
}

/** What Fastify refuses by itself, in our words; every other stranger is a bug. */
function toAppError(thrown: unknown, bodyLimit: number): AppError {
  if (thrown instanceof AppError) {
    return thrown;
  }
  if (isDiskFull(thrown)) {
    return new AppError("disk_full", {}, { cause: thrown });
  }
  const { code, statusCode } = thrown as Partial<FastifyError>;
  if (code === "FST_ERR_CTP_BODY_TOO_LARGE") {
    return new AppError("body_too_large", { limit: formatBytes(bodyLimit) }, { cause: thrown });
  }
  if (code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new AppError("unsupported_media_type", {}, { cause: thrown });
  }
  if (
    code === "FST_ERR_CTP_EMPTY_JSON_BODY" ||
    code === "FST_ERR_CTP_INVALID_JSON_BODY" ||
    (thrown instanceof SyntaxError && statusCode === 400)
  ) {
    return new AppError("invalid_request", { problem: "the body is not JSON" }, { cause: thrown });
  }
  if (statusCode === 403 || statusCode === 404) {
    // Where there is no such file of the web app.
    return new AppError("route_not_found", {}, { cause: thrown });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError("invalid_request", { problem: "it cannot be read" }, { cause: thrown });
  }
  return new AppError("internal_error", {}, { cause: thrown });
}
