// What `response_format` asks for, as the model call's own form.
import type { ResponseFormat } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import type { ChatCompletionRequest } from "../contract.ts";

/** Throws invalid_request or unsupported_parameter, naming the field. */
export function readResponseFormat({
  response_format: format,
  grammar,
}: Pick<ChatCompletionRequest, "response_format" | "grammar">): ResponseFormat | undefined {
  const isText = format == null || format.type === "text";
  if (grammar != null && !isText) throw wrong("grammar", "not together with another format");
  if (grammar != null) return { type: "grammar", grammar };
  if (isText) return undefined;
  if (format.type === "json_object") return { type: "json-object" };
  if (format.type !== "json_schema") {
    const accepted = "text, json_object, json_schema";
    throw new AppError("unsupported_parameter", { param: "response_format.type", accepted });
  }
  const { json_schema: given } = format;
  if (given == null) throw wrong("response_format.json_schema", "must be an object");
  const { name, description, strict } = given;
  // OpenAI takes a call without a schema; an answer of any shape would not be what was asked for.
  if (given.schema === undefined) throw wrong("response_format.json_schema.schema", "must be a JSON schema");
  return {
    type: "json-schema",
    name,
    description: description ?? undefined,
    schema: given.schema,
    strict: strict ?? false,
  };
}

function wrong(param: string, problem: string): AppError {
  return new AppError("invalid_request", { problem: `${param}: ${problem}`, param });
}
