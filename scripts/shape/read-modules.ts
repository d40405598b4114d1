import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { type ParseResult, parseSync, Visitor } from "oxc-parser";

export interface MeasuredFunction {
  readonly name: string;
  readonly file: string;
  readonly lines: number;
}

export interface Module {
  /** Relative to the root, with slashes. */
  readonly file: string;
  readonly lines: number;
  /** Lines that say something: trimmed, without imports, brackets and blanks. */
  readonly telling: ReadonlySet<string>;
  readonly functions: readonly MeasuredFunction[];
  /** Files of ours that running this one loads: type-only and dynamic imports do not count. */
  readonly imports: readonly string[];
}

/** Every product module under `folder`; tests are not measured. */
export function readModules(root: string, folder: string): Module[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => path.posix.join(folder, name.split(path.sep).join("/")))
    .filter((file) => /\.tsx?$/.test(file) && !/\.test\.tsx?$/.test(file))
    .sort()
    .map((file) => readModule(file, readFileSync(path.join(root, file), "utf8")));
}

export function readModule(file: string, text: string): Module {
  const parsed = parseSync(file, text);
  const lines = text.trimEnd().split("\n");
  return {
    file,
    lines: lines.length,
    telling: new Set(
      lines.map((line) => line.trim()).filter((line) => /\w{3}/.test(line) && !/^(import|\/\/|\*|\/\*)/.test(line)),
    ),
    functions: measureFunctions(file, text, parsed),
    imports: [...parsed.module.staticImports, ...parsed.module.staticExports]
      .filter((statement) => !statement.entries.every((entry) => entry.isType) || statement.entries.length === 0)
      .flatMap((statement) => specifiersOf(statement))
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => path.posix.join(path.posix.dirname(file), specifier)),
  };
}

type ImportOrExport = ParseResult["module"]["staticImports"][number] | ParseResult["module"]["staticExports"][number];

function specifiersOf(statement: ImportOrExport): string[] {
  if ("moduleRequest" in statement) return [statement.moduleRequest.value];
  return statement.entries.flatMap((entry) => (entry.moduleRequest ? [entry.moduleRequest.value] : []));
}

interface Located {
  readonly start: number;
  readonly end: number;
}

function measureFunctions(file: string, text: string, parsed: ParseResult): MeasuredFunction[] {
  const functions: MeasuredFunction[] = [];
  const names = new Map<unknown, string>();
  const measure = (node: Located & { readonly id?: { readonly name?: string } | null }): void => {
    const lines = text.slice(node.start, node.end).split("\n").length;
    functions.push({ name: node.id?.name ?? names.get(node) ?? "(unnamed)", file, lines });
  };
  new Visitor({
    VariableDeclarator: (node) => void (node.id.type === "Identifier" && names.set(node.init, node.id.name)),
    MethodDefinition: (node) => void (node.key.type === "Identifier" && names.set(node.value, node.key.name)),
    Property: (node) => void (node.key.type === "Identifier" && names.set(node.value, node.key.name)),
    PropertyDefinition: (node) => void (node.key.type === "Identifier" && names.set(node.value, node.key.name)),
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  }).visit(parsed.program);
  return functions;
}
