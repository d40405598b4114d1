// Math in Markdown: $$…$$ and \[…\] as blocks, $…$ and \(…\) inside a line. An open block counts as math to its end,
// so that a streaming formula stands in its own box from its first line.
import type { TokenizerAndRendererExtension, Tokens } from "marked";

export interface MathToken extends Tokens.Generic {
  readonly type: "math-block" | "math-inline";
  readonly tex: string;
  readonly isClosed: boolean;
}

const blockOpening = /^ {0,3}(\$\$|\\\[)/;
// As in Pandoc: no space inside the dollars and no digit after them, so that prices stay prices.
const dollars = /^\$(?![\s$])((?:\\.|[^\\$\n])*?[^\\\s$])\$(?!\d)/;
const parentheses = /^\\\(([\s\S]+?)\\\)/;
const inlineBlock = /^(?:\$\$([^$\n]+?)\$\$|\\\[([^\n]+?)\\\])/;

export const mathBlock: TokenizerAndRendererExtension = {
  name: "math-block",
  level: "block",
  start: (source) => source.match(/^ {0,3}(?:\$\$|\\\[)/m)?.index,
  tokenizer(source) {
    const opening = blockOpening.exec(source);
    if (opening === null) return undefined;
    const close = opening[1] === "$$" ? "$$" : "\\]";
    const from = opening[0].length;
    const end = source.indexOf(close, from);
    if (end < 0) return { type: "math-block", raw: source, tex: source.slice(from).trim(), isClosed: false };
    const raw = source.slice(0, end + close.length);
    const after = /^[ \t]*(?:\n+|$)/.exec(source.slice(raw.length));
    // Text on the same line after the formula: the formula is part of a sentence.
    if (after === null) return undefined;
    return { type: "math-block", raw: raw + after[0], tex: source.slice(from, end).trim(), isClosed: true };
  },
};

export const mathInline: TokenizerAndRendererExtension = {
  name: "math-inline",
  level: "inline",
  start: (source) => source.match(/\$|\\\(|\\\[/)?.index,
  tokenizer(source) {
    const match = inlineBlock.exec(source) ?? parentheses.exec(source) ?? dollars.exec(source);
    if (match === null) return undefined;
    return { type: "math-inline", raw: match[0], tex: (match[1] ?? match[2] ?? "").trim(), isClosed: true };
  },
};
