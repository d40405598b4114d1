import { expect, test } from "vitest";
import { findCycles } from "./find-cycles.ts";
import { findSimilar } from "./find-similar.ts";
import { readModule } from "./read-modules.ts";

test("a module's functions are measured with their names, wherever these stand", () => {
  const { functions, lines } = readModule(
    "src/a.ts",
    [
      "export function first(): number {",
      "  return 1;",
      "}",
      "const second = () => {",
      "  third();",
      "};",
      "class A { fourth() {} }",
      "",
    ].join("\n"),
  );
  expect(lines).toBe(7);
  expect(functions.map(({ name, lines: length }) => [name, length])).toEqual([
    ["first", 3],
    ["second", 3],
    ["fourth", 1],
  ]);
});

test("imports are those that load a file of ours when the module runs", () => {
  const { imports } = readModule(
    "src/server/a.ts",
    `import { b } from "./b.ts";\nimport type { C } from "./c.ts";\nimport { type D } from "./d.ts";\nimport "./e.ts";\nexport { f } from "../f.ts";\nimport g from "g";\nvoid import("./h.ts");\nexport const use = [b, g];`,
  );
  expect(imports).toEqual(["src/server/b.ts", "src/server/e.ts", "src/f.ts"]);
});

test("circles are found, and chains are none", () => {
  const graph = { a: ["b"], b: ["c"], c: ["a"], d: ["a", "e"], e: [] };
  const cycles = findCycles(Object.entries(graph).map(([file, imports]) => ({ file, imports })));
  expect(cycles.map((files) => files.toSorted())).toEqual([["a", "b", "c"]]);
});

test("the files that share most lines come first", () => {
  const words = (from: number) => new Set(Array.from({ length: 20 }, (_, index) => `line ${from + index}`));
  const modules = [
    { file: "one", telling: words(0) },
    { file: "two", telling: words(10) },
    { file: "three", telling: words(1) },
  ];
  expect(findSimilar(modules, 2).map(({ files }) => files)).toEqual([
    ["one", "three"],
    ["two", "three"],
  ]);
});
