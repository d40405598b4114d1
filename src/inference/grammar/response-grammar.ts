// The grammar that enforces a response format.
import type { ResponseFormat } from "../model-call.ts";
import { jsonObjectGrammar, schemaGrammar } from "./schema-grammar.ts";

/** Null where any text will do. Throws unsupported_schema and unsatisfiable_schema. */
export function responseGrammar(format: ResponseFormat | undefined): string | null {
  if (format === undefined) return null;
  if (format.type === "grammar") return format.grammar;
  if (format.type === "json-object") return jsonObjectGrammar();
  return schemaGrammar(format.schema, { strict: format.strict });
}
