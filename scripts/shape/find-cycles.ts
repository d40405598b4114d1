import type { Module } from "./read-modules.ts";

/** Groups of files that import each other in a circle (Tarjan's strongly connected components). */
export function findCycles(modules: readonly Pick<Module, "file" | "imports">[]): string[][] {
  const importsOf = new Map(modules.map(({ file, imports }) => [file, imports]));
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[][] = [];

  function visit(file: string): number {
    const index = order.size;
    order.set(file, index);
    stack.push(file);
    let low = index;
    for (const next of importsOf.get(file) ?? []) {
      if (!importsOf.has(next)) continue;
      if (!order.has(next)) low = Math.min(low, visit(next));
      else if (stack.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? low);
      if (next === file) cycles.push([file]);
    }
    lowest.set(file, low);
    if (low === index) {
      const component = stack.splice(stack.indexOf(file));
      if (component.length > 1) cycles.push(component);
    }
    return low;
  }

  for (const { file } of modules) if (!order.has(file)) visit(file);
  return cycles;
}
