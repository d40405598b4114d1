// Checks a value that did not come through an endpoint (the command line, the control socket) against the same shape.
import * as z from "zod/mini";
import { AppError } from "./errors.ts";

/** Answers the value as the schema makes it (trimmed and so on); throws invalid_request that names the field. */
export function checkValue<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  field: string,
): z.infer<Schema> {
  const result = z.safeParse(schema, value);
  if (!result.success) {
    throw new AppError("invalid_request", {
      problem: `${field}: ${result.error.issues[0]?.message ?? "wrong"}`,
      param: field,
    });
  }
  return result.data;
}
