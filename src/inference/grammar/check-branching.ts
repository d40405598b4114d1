// llama.cpp follows every way to read a text at once. Options that begin alike double those ways, and where such options
// lie within each other the ways multiply: a few characters could then fill the memory. Such schemas are refused.
import { areDisjoint, type ArrayShape, type ObjectShape, type SchemaNode, type Shape } from "./schema-shapes.ts";

const mostWays = 64;

/** Thrown where the ways to read a text could multiply. */
export class TooManyWays extends Error {}

/** Throws TooManyWays. */
export function checkBranching(root: SchemaNode): void {
  const nodes = reachable([root]);
  const ways = new Map([...nodes].map((node) => [node, alikeShapes(node.shapes())]));
  for (const [node, alike] of ways) {
    if (alike.length > 1 && reachable(alike.flatMap(childrenOf)).has(node)) throw new TooManyWays();
  }
  const totals = new Map<SchemaNode, number>();
  const total = (node: SchemaNode): number => {
    const known = totals.get(node);
    if (known !== undefined) return known;
    // Nodes that contain themselves have one way each, as checked above.
    totals.set(node, 1);
    const below = node.shapes().flatMap(childrenOf).map(total);
    const here = Math.max(1, (ways.get(node) as readonly Shape[]).length) * Math.max(1, ...below);
    if (here > mostWays) throw new TooManyWays();
    totals.set(node, here);
    return here;
  };
  total(root);
}

function reachable(start: readonly SchemaNode[]): ReadonlySet<SchemaNode> {
  const reached = new Set(start);
  for (const node of reached) for (const child of node.shapes().flatMap(childrenOf)) reached.add(child);
  return reached;
}

function childrenOf(shape: Shape): readonly SchemaNode[] {
  if (shape.kind === "array") return shape.items === null ? shape.prefix : [...shape.prefix, shape.items];
  if (shape.kind !== "object") return [];
  const { additional, properties } = shape;
  return [...properties.values(), ...(additional === null || additional === "unsaid" ? [] : [additional])];
}

/** Lists and objects that another option cannot be told from before what is in them. */
function alikeShapes(shapes: readonly Shape[]): readonly Shape[] {
  return shapes.filter(
    (one, index) =>
      (one.kind === "array" || one.kind === "object") &&
      shapes.some((other, at) => at !== index && !areToldApart(one, other)),
  );
}

function areToldApart(one: ArrayShape | ObjectShape, other: Shape): boolean {
  if (other.kind === "any") return false;
  if (other.kind === "literal") return true;
  if (one.kind === "object" && other.kind === "object") return areObjectsToldApart(one, other);
  return one.kind !== other.kind;
}

/** By the first properties, as long as those are plain values. */
function areObjectsToldApart(one: ObjectShape, other: ObjectShape): boolean {
  const left = [...one.properties];
  const right = [...other.properties];
  for (const [index, [name, node]] of left.entries()) {
    const [otherName, otherNode] = right[index] ?? [];
    if (otherName === undefined || otherNode === undefined) return false;
    if (!one.required.has(name) || !other.required.has(otherName)) return false;
    if (name !== otherName || areDisjoint(node, otherNode)) return true;
    if (
      ![...node.shapes(), ...otherNode.shapes()].every(({ kind }) => ["literal", "number", "string"].includes(kind))
    ) {
      return false;
    }
  }
  return false;
}
