// The keywords of JSON Schema that are known here, and reading single ones of them.
import { AppError } from "../../platform/errors.ts";

export type Schema = { readonly [keyword: string]: unknown };

/** A schema and where it is written: a JSON pointer as a URI fragment. */
export interface Placed {
  readonly schema: unknown;
  readonly place: string;
}

export function unsupported(place: string, keyword: string, cause?: unknown): AppError {
  return new AppError("unsupported_schema", { keyword, place }, cause === undefined ? {} : { cause });
}

const maxEnumValues = 1_000;
/** Longer texts and lists do not fit an answer. */
const mostRepeats = 200_000;

const annotations = new Set(
  "title description default example examples $schema $comment deprecated readOnly writeOnly contentEncoding contentMediaType $defs definitions nullable".split(
    " ",
  ),
);
const combining = new Set(["$ref", "allOf", "anyOf", "oneOf", "enum", "const"]);
const kinds = ["null", "boolean", "number", "integer", "string", "array", "object"] as const;
export type Kind = (typeof kinds)[number];

/** Keywords that speak of one kind of value only. */
export const keywordKinds: Readonly<Record<string, Kind>> = {
  minLength: "string",
  maxLength: "string",
  pattern: "string",
  format: "string",
  minimum: "number",
  maximum: "number",
  exclusiveMinimum: "number",
  exclusiveMaximum: "number",
  multipleOf: "number",
  items: "array",
  prefixItems: "array",
  additionalItems: "array",
  minItems: "array",
  maxItems: "array",
  uniqueItems: "array",
  properties: "object",
  required: "object",
  additionalProperties: "object",
  minProperties: "object",
  maxProperties: "object",
};

export function checkKeywords(schema: Schema, place: string): void {
  for (const keyword of Object.keys(schema)) {
    const isKnown =
      keyword === "type" ||
      annotations.has(keyword) ||
      combining.has(keyword) ||
      Object.hasOwn(keywordKinds, keyword) ||
      keyword.startsWith("x-") ||
      (keyword === "$id" && place === "#");
    if (!isKnown) throw unsupported(place, keyword);
  }
}

export function checkStrict(
  schema: Schema,
  names: readonly string[],
  required: readonly string[],
  place: string,
): void {
  if (schema["additionalProperties"] !== false) {
    throw unsupported(place, "strict without additionalProperties: false");
  }
  if (!names.every((name) => required.includes(name))) {
    throw unsupported(place, "strict without every property in required");
  }
}

export function typesOf(schema: Schema, place: string): readonly Kind[] | null {
  const { type } = schema;
  if (type === undefined) return null;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.length === 0 || !types.every((each) => kinds.includes(each as Kind))) throw unsupported(place, "type");
  return types as readonly Kind[];
}

export function counts(schema: Schema, place: string, least: string, most: string): { least: number; most: number } {
  const count = (keyword: string, otherwise: number) => {
    const value = schema[keyword] ?? otherwise;
    if (value === otherwise) return otherwise;
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > mostRepeats) {
      throw unsupported(place, keyword);
    }
    return value;
  };
  return { least: count(least, 0), most: count(most, Infinity) };
}

export function listOf(schema: Schema, place: string, keyword: string): readonly string[] {
  const list = schema[keyword];
  if (!Array.isArray(list) || list.length > maxEnumValues) throw unsupported(place, keyword);
  return list as readonly string[];
}

/** The schemas of a list; none where it is left out. */
export function branchesOf({ schema, place }: Placed): readonly Placed[] {
  if (schema === undefined) return [];
  if (!Array.isArray(schema) || schema.length === 0) throw unsupported(place, "an empty list");
  return schema.map((branch: unknown, index) => ({ schema: branch, place: `${place}/${index}` }));
}

export function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
