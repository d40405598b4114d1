// What a schema allows, as alternatives of plain shapes. Nodes are worked out when they are needed, so that a schema may
// contain itself; `allOf` is the intersection of shapes, exact but for what the shapes cannot say.
import { acceptsText, type Automaton } from "./automaton.ts";
import type { NumberBound, NumberLimits } from "./number-automaton.ts";

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export interface SchemaNode {
  readonly id: number;
  shapes(): readonly Shape[];
}

export interface StringShape {
  readonly kind: "string";
  /** All of them hold. */
  readonly automata: readonly Automaton[];
  readonly minLength: number;
  readonly maxLength: number;
}

export interface NumberShape extends NumberLimits {
  readonly kind: "number";
}

export interface ArrayShape {
  readonly kind: "array";
  readonly prefix: readonly SchemaNode[];
  /** Null allows none behind the prefix. */
  readonly items: SchemaNode | null;
  readonly minItems: number;
  readonly maxItems: number;
}

export interface ObjectShape {
  readonly kind: "object";
  readonly properties: ReadonlyMap<string, SchemaNode>;
  readonly required: ReadonlySet<string>;
  /** Of names that are not listed; null allows none, "unsaid" any, and then none is written beside listed ones. */
  readonly additional: SchemaNode | "unsaid" | null;
  readonly minProperties: number;
  readonly maxProperties: number;
}

export type Shape =
  | { readonly kind: "any" }
  | { readonly kind: "literal"; readonly value: JsonValue }
  | StringShape
  | NumberShape
  | ArrayShape
  | ObjectShape;

export interface ShapeAlgebra {
  node(find: () => readonly Shape[]): SchemaNode;
  readonly any: SchemaNode;
  intersect(one: SchemaNode, other: SchemaNode): SchemaNode;
}

/** `tooLarge` and `circular` throw. */
export function createShapeAlgebra(maxNodes: number, refuse: { tooLarge(): never; circular(): never }): ShapeAlgebra {
  let nodes = 0;
  const intersections = new Map<string, SchemaNode>();
  const node = (find: () => readonly Shape[]): SchemaNode => {
    const id = (nodes += 1);
    if (id > maxNodes) refuse.tooLarge();
    let state: readonly Shape[] | "new" | "busy" = "new";
    return {
      id,
      shapes() {
        if (state === "busy") refuse.circular();
        if (state === "new") {
          state = "busy";
          state = find();
        }
        return state;
      },
    };
  };
  const any = node(() => [{ kind: "any" }]);
  const intersect = (one: SchemaNode, other: SchemaNode): SchemaNode => {
    if (one === any || one === other) return other;
    if (other === any) return one;
    const key = one.id < other.id ? `${one.id} ${other.id}` : `${other.id} ${one.id}`;
    const known = intersections.get(key);
    if (known !== undefined) return known;
    const made = node(() => {
      const pairs = one.shapes().flatMap((a) => other.shapes().flatMap((b) => intersectShapes(a, b, intersect) ?? []));
      if (pairs.length > maxNodes) refuse.tooLarge();
      return pairs;
    });
    intersections.set(key, made);
    return made;
  };
  return { node, any, intersect };
}

type Intersect = (one: SchemaNode, other: SchemaNode) => SchemaNode;

function intersectShapes(one: Shape, other: Shape, intersect: Intersect): Shape | null {
  if (one.kind === "any") return other;
  if (other.kind === "any") return one;
  if (one.kind === "literal") return fits(one.value, other) ? one : null;
  if (other.kind === "literal") return fits(other.value, one) ? other : null;
  if (one.kind === "string" && other.kind === "string") {
    return {
      kind: "string",
      automata: [...new Set([...one.automata, ...other.automata])],
      minLength: Math.max(one.minLength, other.minLength),
      maxLength: Math.min(one.maxLength, other.maxLength),
    };
  }
  if (one.kind === "number" && other.kind === "number") {
    return {
      kind: "number",
      integer: one.integer || other.integer,
      minimum: tighter(one.minimum, other.minimum, 1),
      maximum: tighter(one.maximum, other.maximum, -1),
      multiples: [...new Set([...one.multiples, ...other.multiples])],
    };
  }
  if (one.kind === "array" && other.kind === "array") return intersectArrays(one, other, intersect);
  if (one.kind === "object" && other.kind === "object") return intersectObjects(one, other, intersect);
  return null;
}

function tighter(one: NumberBound | null, other: NumberBound | null, sign: 1 | -1): NumberBound | null {
  if (one === null || other === null) return one ?? other;
  if (one.value === other.value) return one.inclusive ? other : one;
  return one.value * sign > other.value * sign ? one : other;
}

function intersectArrays(one: ArrayShape, other: ArrayShape, intersect: Intersect): ArrayShape {
  const prefix: SchemaNode[] = [];
  let maxItems = Math.min(one.maxItems, other.maxItems);
  for (let index = 0; index < Math.max(one.prefix.length, other.prefix.length); index += 1) {
    const left = one.prefix[index] ?? one.items;
    const right = other.prefix[index] ?? other.items;
    if (left === null || right === null) {
      maxItems = Math.min(maxItems, index);
      break;
    }
    prefix.push(intersect(left, right));
  }
  const items = one.items === null || other.items === null ? null : intersect(one.items, other.items);
  return { kind: "array", prefix, items, minItems: Math.max(one.minItems, other.minItems), maxItems };
}

function intersectObjects(one: ObjectShape, other: ObjectShape, intersect: Intersect): ObjectShape | null {
  const required = new Set([...one.required, ...other.required]);
  const properties = new Map<string, SchemaNode>();
  for (const name of new Set([...one.properties.keys(), ...other.properties.keys()])) {
    const left = one.properties.get(name) ?? one.additional;
    const right = other.properties.get(name) ?? other.additional;
    if (left === null || right === null) {
      if (required.has(name)) return null;
    } else properties.set(name, intersectSaid(left, right, intersect) as SchemaNode);
  }
  const additional =
    one.additional === null || other.additional === null
      ? null
      : intersectSaid(one.additional, other.additional, intersect);
  return {
    kind: "object",
    properties,
    required,
    additional,
    minProperties: Math.max(one.minProperties, other.minProperties),
    maxProperties: Math.min(one.maxProperties, other.maxProperties),
  };
}

function intersectSaid(one: SchemaNode | "unsaid", other: SchemaNode | "unsaid", intersect: Intersect) {
  if (one === "unsaid") return other;
  return other === "unsaid" ? one : intersect(one, other);
}

/** Whether a value is one of a shape's. */
function fits(value: JsonValue, shape: Shape): boolean {
  switch (shape.kind) {
    case "any":
      return true;
    case "literal":
      return isEqual(value, shape.value);
    case "string":
      return typeof value === "string" && fitsString(value, shape);
    case "number":
      return typeof value === "number" && fitsNumber(value, shape);
    case "array":
      return Array.isArray(value) && fitsArray(value, shape);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value) && fitsObject(value, shape);
  }
}

function fitsNode(value: JsonValue, node: SchemaNode): boolean {
  return node.shapes().some((shape) => fits(value, shape));
}

function fitsString(value: string, { automata, minLength, maxLength }: StringShape): boolean {
  const length = [...value].length;
  return length >= minLength && length <= maxLength && automata.every((automaton) => acceptsText(automaton, value));
}

function fitsNumber(value: number, { integer, minimum, maximum, multiples }: NumberShape): boolean {
  if (integer && !Number.isInteger(value)) return false;
  if (minimum !== null && !(minimum.inclusive ? value >= minimum.value : value > minimum.value)) return false;
  if (maximum !== null && !(maximum.inclusive ? value <= maximum.value : value < maximum.value)) return false;
  return multiples.every((step) => value % step === 0);
}

function fitsArray(value: readonly JsonValue[], { prefix, items, minItems, maxItems }: ArrayShape): boolean {
  if (value.length < minItems || value.length > maxItems) return false;
  return value.every((each, index) => {
    const node = prefix[index] ?? items;
    return node !== null && fitsNode(each, node);
  });
}

function fitsObject(value: object, shape: ObjectShape): boolean {
  const entries = Object.entries(value) as [string, JsonValue][];
  if (entries.length < shape.minProperties || entries.length > shape.maxProperties) return false;
  if (![...shape.required].every((name) => Object.hasOwn(value, name))) return false;
  return entries.every(([name, each]) => {
    const node = shape.properties.get(name) ?? shape.additional;
    return node !== null && (node === "unsaid" || fitsNode(each, node));
  });
}

export function isEqual(one: JsonValue, other: JsonValue): boolean {
  return one === other || canonical(one) === canonical(other);
}

function canonical(value: JsonValue): string {
  return JSON.stringify(value, (_, each: unknown) =>
    typeof each === "object" && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([one], [other]) => (one < other ? -1 : 1)))
      : each,
  );
}

/** Whether no value can be of both: by kind, by values, or by a property that each has and that tells them apart. */
export function areDisjoint(one: SchemaNode, other: SchemaNode, depth = 3): boolean {
  return one.shapes().every((a) => other.shapes().every((b) => areShapesDisjoint(a, b, depth)));
}

function areShapesDisjoint(one: Shape, other: Shape, depth: number): boolean {
  if (one.kind === "any" || other.kind === "any") return false;
  if (one.kind === "literal") return !fits(one.value, other);
  if (other.kind === "literal") return !fits(other.value, one);
  if (one.kind === "object" && other.kind === "object") {
    return [...new Set([...one.required, ...other.required])].some((name) => {
      const left = one.properties.get(name) ?? one.additional;
      const right = other.properties.get(name) ?? other.additional;
      if (left === null || right === null) return true;
      return left !== "unsaid" && right !== "unsaid" && depth > 0 && areDisjoint(left, right, depth - 1);
    });
  }
  return one.kind !== other.kind;
}
