// From JSON Schema (2020-12, and what draft 7 and OpenAPI write otherwise) to nodes. Every keyword is either enforced, an
// annotation, or refused by its name and place.
import type { Automaton } from "./automaton.ts";
import { type Known, type SchemaReader, shapesOfKind } from "./kind-shapes.ts";
import { patternAutomaton } from "./regular-expression.ts";
import {
  branchesOf,
  checkKeywords,
  isObject,
  keywordKinds,
  listOf,
  type Placed,
  type Schema,
  typesOf,
  unsupported,
} from "./schema-keywords.ts";
import { areDisjoint, createShapeAlgebra, type JsonValue, type SchemaNode, type Shape } from "./schema-shapes.ts";

const maxNodes = 4_000;

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
    const base = baseShapes({ schema, place }, reader);
    if (base !== null) parts.push(node(() => base));
    if ("enum" in schema) parts.push(literals(listOf(schema, place, "enum")));
    if ("const" in schema) parts.push(literals([schema["const"]]));
    if ("$ref" in schema) parts.push(nodeAt(resolveReference(root, schema["$ref"], place)));
    for (const branch of branchesOf(below("allOf"))) parts.push(nodeAt(branch));
    if ("anyOf" in schema) parts.push(union(branchesOf(below("anyOf")).map(nodeAt)));
    if ("oneOf" in schema) parts.push(exclusive(branchesOf(below("oneOf")), place));
    return parts.reduce(intersect, any).shapes();
  };

  const literals = (values: readonly unknown[]) =>
    node(() => values.map((value) => ({ kind: "literal", value: value as JsonValue })));
  const union = (options: readonly SchemaNode[]) => node(() => options.flatMap((option) => option.shapes()));

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

  const patternOf = (pattern: string): Automaton => {
    const known = patterns.get(pattern) ?? patternAutomaton(pattern);
    patterns.set(pattern, known);
    return known;
  };
  const reader: SchemaReader = { nodeAt, patternOf, any, never: node(() => []), strict };
  return { root: nodeAt({ schema: root, place: "#" }), any };
}

/** What the keywords of single kinds say; null where they say nothing. */
function baseShapes(known: Known, reader: SchemaReader): readonly Shape[] | null {
  const { schema, place } = known;
  const named = typesOf(schema, place);
  const said = new Set(Object.keys(schema).flatMap((keyword) => keywordKinds[keyword] ?? []));
  if (named === null && said.size === 0) return null;
  // Without a type, keywords of one kind ask for that kind: narrower than the standard, and what is meant.
  const wanted = named ?? [...said];
  const shapes = wanted.flatMap((kind) => shapesOfKind(kind, known, reader));
  return schema["nullable"] === true && !wanted.includes("null")
    ? [...shapes, { kind: "literal", value: null }]
    : shapes;
}

function resolveReference(root: unknown, reference: unknown, place: string): Placed {
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
}

function isInferred({ schema }: Placed): boolean {
  if (!isObject(schema)) return true;
  return !["type", "const", "enum", "$ref"].some((keyword) => keyword in schema);
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step).replaceAll("~1", "/").replaceAll("~0", "~");
  } catch {
    return step;
  }
}
