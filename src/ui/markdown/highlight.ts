// Colours for code, loaded when a first code block is drawn; every language is its own file, loaded when needed.
import {
  createCssVariablesTheme,
  createHighlighterCore,
  type HighlighterCore,
  type LanguageRegistration,
} from "shiki/core";
import { createJavaScriptRegexEngine } from "shiki/engine/javascript";

export interface HighlightedPart {
  readonly text: string;
  readonly className: string | undefined;
}
export type HighlightedLine = readonly HighlightedPart[];

type Loader = () => Promise<{ readonly default: LanguageRegistration[] }>;
const loaders: Readonly<Record<string, Loader>> = {
  bash: () => import("shiki/langs/bash.mjs"),
  c: () => import("shiki/langs/c.mjs"),
  cpp: () => import("shiki/langs/cpp.mjs"),
  csharp: () => import("shiki/langs/csharp.mjs"),
  css: () => import("shiki/langs/css.mjs"),
  diff: () => import("shiki/langs/diff.mjs"),
  docker: () => import("shiki/langs/docker.mjs"),
  go: () => import("shiki/langs/go.mjs"),
  html: () => import("shiki/langs/html.mjs"),
  java: () => import("shiki/langs/java.mjs"),
  javascript: () => import("shiki/langs/javascript.mjs"),
  json: () => import("shiki/langs/json.mjs"),
  kotlin: () => import("shiki/langs/kotlin.mjs"),
  lua: () => import("shiki/langs/lua.mjs"),
  markdown: () => import("shiki/langs/markdown.mjs"),
  php: () => import("shiki/langs/php.mjs"),
  python: () => import("shiki/langs/python.mjs"),
  r: () => import("shiki/langs/r.mjs"),
  ruby: () => import("shiki/langs/ruby.mjs"),
  rust: () => import("shiki/langs/rust.mjs"),
  sql: () => import("shiki/langs/sql.mjs"),
  swift: () => import("shiki/langs/swift.mjs"),
  toml: () => import("shiki/langs/toml.mjs"),
  tsx: () => import("shiki/langs/tsx.mjs"),
  typescript: () => import("shiki/langs/typescript.mjs"),
  xml: () => import("shiki/langs/xml.mjs"),
  yaml: () => import("shiki/langs/yaml.mjs"),
};
const aliases: Readonly<Record<string, string>> = {
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  console: "bash",
  "c++": "cpp",
  cs: "csharp",
  "c#": "csharp",
  dockerfile: "docker",
  golang: "go",
  js: "javascript",
  mjs: "javascript",
  jsx: "tsx",
  kt: "kotlin",
  md: "markdown",
  py: "python",
  python3: "python",
  rb: "ruby",
  rs: "rust",
  ts: "typescript",
  yml: "yaml",
  jsonc: "json",
  htm: "html",
  svg: "xml",
  patch: "diff",
};

const classes: Readonly<Record<string, string>> = {
  "token-keyword": "code-keyword",
  "token-string": "code-string",
  "token-string-expression": "code-string",
  "token-constant": "code-constant",
  "token-comment": "code-comment",
  "token-function": "code-function",
  "token-link": "code-string",
};

const theme = createCssVariablesTheme({ name: "shobar", variablePrefix: "--" });
// One highlighter for the page: building it costs tens of milliseconds, and this module is loaded only with code.
const highlighter: Promise<HighlighterCore> = createHighlighterCore({
  themes: [theme],
  engine: createJavaScriptRegexEngine({ forgiving: true }),
});

/** Coloured lines, or null for a language that is not known. */
export async function highlight(code: string, language: string): Promise<readonly HighlightedLine[] | null> {
  const asked = language.toLowerCase();
  const name = Object.hasOwn(aliases, asked) ? (aliases[asked] ?? asked) : asked;
  if (!Object.hasOwn(loaders, name)) return null;
  const shiki = await highlighter;
  const load = loaders[name];
  if (load !== undefined && !shiki.getLoadedLanguages().includes(name)) await shiki.loadLanguage(await load());
  const { tokens } = shiki.codeToTokens(code, { lang: name, theme: "shobar", tokenizeMaxLineLength: 2000 });
  return tokens.map((line) => line.map((token) => ({ text: token.content, className: classOf(token.color) })));
}

function classOf(colour: string | undefined): string | undefined {
  return colour === undefined ? undefined : classes[colour.replace(/^var\(--|\)$/g, "")];
}
