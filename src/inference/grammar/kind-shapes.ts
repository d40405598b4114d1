// What the keywords of one kind of value say of it.
import { type Automaton, AutomatonTooLarge } from "./automaton.ts";
import { isWritableBound, type NumberBound } from "./number-automaton.ts";
import { PatternRefused } from "./regular-expression.ts";
import {
  branchesOf,
  checkStrict,
  counts,
  isObject,
  type Kind,
  listOf,
  type Placed,
  type Schema,
  unsupported,
} from "./schema-keywords.ts";
import type { SchemaNode, Shape } from "./schema-shapes.ts";
import { formatPattern } from "./string-formats.ts";

/** What reading one schema needs to know of the whole. */
export interface SchemaReader {
  readonly nodeAt: (placed: Placed) => SchemaNode;
  /** Each pattern is compiled once. Throws PatternRefused and AutomatonTooLarge. */
  readonly patternOf: (pattern: string) => Automaton;
  readonly any: SchemaNode;
  readonly never: SchemaNode;
  /** OpenAI's rules for strict schemas hold too. */
  readonly strict: boolean;
}

/** A schema whose keywords are all known. */
export interface Known extends Placed {
  readonly schema: Schema;
}

export function shapesOfKind(kind: Kind, known: Known, reader: SchemaReader): readonly Shape[] {
  switch (kind) {
    case "null":
      return [{ kind: "literal", value: null }];
    case "boolean":
      return [true, false].map((value) => ({ kind: "literal", value }));
    case "number":
    case "integer":
      return [numberShape(known, kind === "integer")];
    case "string":
      return [stringShape(known, reader)];
    case "array":
      return [arrayShape(known, reader)];
    case "object":
      return [objectShape(known, reader)];
  }
}

function numberShape({ schema, place }: Known, integer: boolean): Shape {
  const bound = (keyword: string, inclusive: boolean): NumberBound | null => {
    const value = schema[keyword];
    if (value === undefined) return null;
    if (typeof value !== "number" || !isWritableBound(value)) throw unsupported(place, keyword);
    return { value, inclusive };
  };
  const both = (one: NumberBound | null, other: NumberBound | null, sign: 1 | -1) => {
    if (one === null || other === null) return one ?? other;
    return other.value * sign >= one.value * sign ? other : one;
  };
  const step = schema["multipleOf"];
  const isStep = typeof step === "number" && Number.isInteger(step) && step > 0 && step <= 1_000;
  if (step !== undefined && !isStep) throw unsupported(place, "multipleOf");
  return {
    kind: "number",
    integer,
    minimum: both(bound("minimum", true), bound("exclusiveMinimum", false), 1),
    maximum: both(bound("maximum", true), bound("exclusiveMaximum", false), -1),
    multiples: isStep ? [step] : [],
  };
}

function stringShape({ schema, place }: Known, { patternOf }: SchemaReader): Shape {
  const automata: Automaton[] = [];
  const add = (keyword: string, pattern: unknown) => {
    if (typeof pattern !== "string") throw unsupported(place, keyword);
    automata.push(readPattern(patternOf, pattern, { place, keyword }));
  };
  if ("pattern" in schema) add("pattern", schema["pattern"]);
  if ("format" in schema) add("format", formatPattern(String(schema["format"])));
  const { least: minLength, most: maxLength } = counts(schema, place, "minLength", "maxLength");
  return { kind: "string", automata, minLength, maxLength };
}

function readPattern(
  patternOf: SchemaReader["patternOf"],
  pattern: string,
  { place, keyword }: { place: string; keyword: string },
): Automaton {
  try {
    return patternOf(pattern);
  } catch (error) {
    if (error instanceof PatternRefused || error instanceof AutomatonTooLarge) {
      throw unsupported(place, keyword, error);
    }
    throw error;
  }
}

function arrayShape({ schema, place }: Known, { nodeAt, any }: SchemaReader): Shape {
  if (schema["uniqueItems"] !== undefined && schema["uniqueItems"] !== false) throw unsupported(place, "uniqueItems");
  const isOld = Array.isArray(schema["items"]);
  const first = isOld ? "items" : "prefixItems";
  const rest = isOld ? "additionalItems" : "items";
  if (!isOld && "additionalItems" in schema) throw unsupported(place, "additionalItems");
  const prefix = first in schema ? branchesOf({ schema: schema[first], place: `${place}/${first}` }).map(nodeAt) : [];
  const items =
    schema[rest] === false ? null : rest in schema ? nodeAt({ schema: schema[rest], place: `${place}/${rest}` }) : any;
  const { least: minItems, most: maxItems } = counts(schema, place, "minItems", "maxItems");
  return { kind: "array", prefix, items, minItems, maxItems };
}

function objectShape({ schema, place }: Known, { nodeAt, any, never, strict }: SchemaReader): Shape {
  const listed = schema["properties"] ?? {};
  if (!isObject(listed)) throw unsupported(place, "properties");
  const required = "required" in schema ? listOf(schema, place, "required") : [];
  if (!required.every((name) => typeof name === "string")) throw unsupported(place, "required");
  const names = Object.keys(listed);
  if (strict) checkStrict(schema, names, required, place);
  const properties = new Map(
    names.map((name) => [name, nodeAt({ schema: listed[name], place: `${place}/properties/${encodeStep(name)}` })]),
  );
  const extra = schema["additionalProperties"];
  const additional =
    extra === undefined
      ? "unsaid"
      : extra === false
        ? null
        : nodeAt({ schema: extra, place: `${place}/additionalProperties` });
  for (const name of required) {
    if (!properties.has(name)) properties.set(name, additional === "unsaid" ? any : (additional ?? never));
  }
  const { least: minProperties, most: maxProperties } = counts(schema, place, "minProperties", "maxProperties");
  return { kind: "object", properties, required: new Set(required), additional, minProperties, maxProperties };
}

function encodeStep(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}
