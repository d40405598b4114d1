// Checks a value from outside (a request, the command line, the control socket) against the shape that a contract says.
import en from "zod/v4/locales/en.js";
import * as z from "zod/mini";
import { AppError } from "./errors.ts";

/** zod/mini itself says no more than "Invalid input", which is enough for a browser that checks before it sends. */
const sentences = { error: en().localeError };

/**
 * Answers the value as the schema makes it (trimmed and so on). Throws invalid_request that names the field: its path in
 * the value, or `whole` where the value itself is wrong; `param` is what programs are told then.
 */
export function checkValue<Schema extends z.ZodMiniType>(
  schema: Schema,
  value: unknown,
  whole: string,
  param = whole,
): z.infer<Schema> {
  const result = z.safeParse(schema, value, sentences);
  if (!result.success) {
    const [issue] = result.error.issues;
    const path = fieldPath(issue?.path ?? []);
    throw new AppError("invalid_request", {
      problem: `${path || whole}: ${issue?.message ?? "wrong"}`,
      param: path || param,
    });
  }
  return result.data;
}

/** `messages[0].role`, as clients of OpenAI's API know it. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (start, key) => (typeof key === "number" ? `${start}[${key}]` : `${start}${start && "."}${String(key)}`),
    "",
  );
}
