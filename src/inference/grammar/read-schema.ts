// From JSON Schema (2020-12, and what draft 7 and OpenAPI write otherwise) to nodes. Every keyword is either enforced, an
// annotation, or refused by its name and place.
import { AppError } from "../../platform/errors.ts";
import { type Automaton, AutomatonTooLarge } from "./automaton.ts";
import { isWritableBound, type NumberBound } from "./number-automaton.ts";
import { PatternRefused, patternAutomaton } from "./regular-expression.ts";
import { formatPattern } from "./string-formats.ts";
import { areDisjoint, createShapeAlgebra, type JsonValue, type SchemaNode, type Shape } from "./schema-shapes.ts";

type Schema = { readonly [keyword: string]: unknown };

/** A schema and where it is written: a JSON pointer as a URI fragment. */
interface Placed {
  readonly schema: unknown;
  readonly place: string;
}

export function unsupported(place: string, keyword: string, cause?: unknown): AppError {
  return new AppError("unsupported_schema", { keyword, place }, cause === undefined ? {} : { cause });
}

const maxNodes = 4_000;
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
type Kind = (typeof kinds)[number];

/** Keywords that speak of one kind of value only. */
const keywordKinds: Readonly<Record<string, Kind>> = {
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

export interface SchemaReading {
  readonly root: SchemaNode;
  readonly any: SchemaNode;
}

/** Nodes find out on use, and throw unsupported_schema then. `strict`: OpenAI's rules for strict schemas hold too. */
export function readSchema(root: unknown, strict: boolean): SchemaReading {
  const algebra = createShapeAlgebra(maxNodes, {
    tooLarge: () => {
      throw unsupported("#", "its size");
    },
    circular: () => {
      throw unsupported("#", "a $ref that leads to itself");
    },
  });
  const read = new Map<string, SchemaNode>();
  const patterns = new Map<string, Automaton>();
  const { node, any, intersect } = algebra;
  const never = node(() => []);

  const nodeAt = (placed: Placed): SchemaNode => {
    const known = read.get(placed.place);
    if (known !== undefined) return known;
    const made = node(() => shapesOf(placed));
    read.set(placed.place, made);
    return made;
  };

  const shapesOf = ({ schema, place }: Placed): readonly Shape[] => {
    if (schema === true) return any.shapes();
    if (schema === false) return [];
    if (!isObject(schema)) throw unsupported(place, "a schema that is no object");
    checkKeywords(schema, place);
    const below = (name: string) => ({ schema: schema[name], place: `${place}/${name}` });
    const parts: SchemaNode[] = [];
    const base = baseShapes(schema, place);
    if (base !== null) parts.push(node(() => base));
    if ("enum" in schema) parts.push(literals(listOf(schema, place, "enum")));
    if ("const" in schema) parts.push(literals([schema["const"]]));
    if ("$ref" in schema) parts.push(nodeAt(resolve(schema["$ref"], place)));
    for (const branch of branches(below("allOf"))) parts.push(nodeAt(branch));
    if ("anyOf" in schema) parts.push(union(branches(below("anyOf")).map(nodeAt)));
    if ("oneOf" in schema) parts.push(exclusive(branches(below("oneOf")), place));
    return parts.reduce(intersect, any).shapes();
  };

  const literals = (values: readonly unknown[]) =>
    node(() => values.map((value) => ({ kind: "literal", value: value as JsonValue })));
  const union = (options: readonly SchemaNode[]) => node(() => options.flatMap((option) => option.shapes()));

  const branches = ({ schema, place }: Placed): readonly Placed[] => {
    if (schema === undefined) return [];
    if (!Array.isArray(schema) || schema.length === 0) throw unsupported(place, "an empty list");
    return schema.map((branch: unknown, index) => ({ schema: branch, place: `${place}/${index}` }));
  };

  /** Exactly one may hold: where two could, this grammar could not tell. */
  const exclusive = (options: readonly Placed[], place: string): SchemaNode => {
    const nodes = options.map(nodeAt);
    for (const [index, one] of nodes.entries()) {
      const inferred = options.length > 1 && isInferred(options[index] as Placed);
      const overlaps = nodes.slice(index + 1).some((other) => !areDisjoint(one, other));
      if (inferred || overlaps) throw unsupported(place, "oneOf");
    }
    return union(nodes);
  };

  const resolve = (reference: unknown, place: string): Placed => {
    if (typeof reference !== "string" || !/^#(\/|$)/.test(reference)) throw unsupported(place, "$ref");
    let schema: unknown = root;
    for (const step of reference.split("/").slice(1)) {
      const name = decodeStep(step);
      const holder: unknown = schema;
      if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, name)) {
        throw unsupported(place, "$ref");
      }
      schema = (holder as Schema)[name];
    }
    return { schema, place: reference === "#/" ? "#" : reference };
  };

  /** What the keywords of single kinds say; null where they say nothing. */
  const baseShapes = (schema: Schema, place: string): readonly Shape[] | null => {
    const named = typesOf(schema, place);
    const said = new Set(Object.keys(schema).flatMap((keyword) => keywordKinds[keyword] ?? []));
    if (named === null && said.size === 0) return null;
    // Without a type, keywords of one kind ask for that kind: narrower than the standard, and what is meant.
    const wanted = named ?? [...said];
    const shapes = wanted.flatMap((kind) => shapesOfKind(kind, schema, place));
    return schema["nullable"] === true && !wanted.includes("null")
      ? [...shapes, { kind: "literal", value: null }]
      : shapes;
  };

  const shapesOfKind = (kind: Kind, schema: Schema, place: string): readonly Shape[] => {
    switch (kind) {
      case "null":
        return [{ kind: "literal", value: null }];
      case "boolean":
        return [true, false].map((value) => ({ kind: "literal", value }));
      case "number":
      case "integer":
        return [numberShape(schema, place, kind === "integer")];
      case "string":
        return [stringShape(schema, place)];
      case "array":
        return [arrayShape(schema, place)];
      case "object":
        return [objectShape(schema, place)];
    }
  };

  const stringShape = (schema: Schema, place: string): Shape => {
    const automata: Automaton[] = [];
    const add = (keyword: string, pattern: unknown) => {
      if (typeof pattern !== "string") throw unsupported(place, keyword);
      automata.push(readPattern(pattern, place, keyword));
    };
    if ("pattern" in schema) add("pattern", schema["pattern"]);
    if ("format" in schema) add("format", formatPattern(String(schema["format"])));
    const { least: minLength, most: maxLength } = counts(schema, place, "minLength", "maxLength");
    return { kind: "string", automata, minLength, maxLength };
  };

  const readPattern = (pattern: string, place: string, keyword: string): Automaton => {
    const known = patterns.get(pattern);
    if (known !== undefined) return known;
    try {
      const automaton = patternAutomaton(pattern);
      patterns.set(pattern, automaton);
      return automaton;
    } catch (error) {
      if (error instanceof PatternRefused || error instanceof AutomatonTooLarge) {
        throw unsupported(place, keyword, error);
      }
      throw error;
    }
  };

  const arrayShape = (schema: Schema, place: string): Shape => {
    if (schema["uniqueItems"] !== undefined && schema["uniqueItems"] !== false) throw unsupported(place, "uniqueItems");
    const isOld = Array.isArray(schema["items"]);
    const first = isOld ? "items" : "prefixItems";
    const rest = isOld ? "additionalItems" : "items";
    if (!isOld && "additionalItems" in schema) throw unsupported(place, "additionalItems");
    const prefix = first in schema ? branches({ schema: schema[first], place: `${place}/${first}` }).map(nodeAt) : [];
    const items =
      schema[rest] === false
        ? null
        : rest in schema
          ? nodeAt({ schema: schema[rest], place: `${place}/${rest}` })
          : any;
    const { least: minItems, most: maxItems } = counts(schema, place, "minItems", "maxItems");
    return { kind: "array", prefix, items, minItems, maxItems };
  };

  const objectShape = (schema: Schema, place: string): Shape => {
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
  };

  return { root: nodeAt({ schema: root, place: "#" }), any };
}

function isInferred({ schema }: Placed): boolean {
  if (!isObject(schema)) return true;
  return !["type", "const", "enum", "$ref"].some((keyword) => keyword in schema);
}

function checkKeywords(schema: Schema, place: string): void {
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

function checkStrict(schema: Schema, names: readonly string[], required: readonly string[], place: string): void {
  if (schema["additionalProperties"] !== false) {
    throw unsupported(place, "strict without additionalProperties: false");
  }
  if (!names.every((name) => required.includes(name))) {
    throw unsupported(place, "strict without every property in required");
  }
}

function typesOf(schema: Schema, place: string): readonly Kind[] | null {
  const { type } = schema;
  if (type === undefined) return null;
  const types: readonly unknown[] = Array.isArray(type) ? type : [type];
  if (types.length === 0 || !types.every((each) => kinds.includes(each as Kind))) throw unsupported(place, "type");
  return types as readonly Kind[];
}

function numberShape(schema: Schema, place: string, integer: boolean): Shape {
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

function counts(schema: Schema, place: string, least: string, most: string): { least: number; most: number } {
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

function listOf(schema: Schema, place: string, keyword: string): readonly string[] {
  const list = schema[keyword];
  if (!Array.isArray(list) || list.length > maxEnumValues) throw unsupported(place, keyword);
  return list as readonly string[];
}

function isObject(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function encodeStep(name: string): string {
  return encodeURIComponent(name.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step;
  }
}
