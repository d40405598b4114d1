// Markdown to tokens. A streaming text is parsed in steps: blocks that can no longer change are settled and kept,
// only the open tail is parsed again, so that the cost of a step does not grow with the text.
import { Marked, type Token } from "marked";
import { closeOpenMarks } from "./close-open-marks.ts";
import { mathBlock, mathInline } from "./math-tokens.ts";

export interface ParsedMarkdown {
  readonly blocks: readonly Token[];
  /** How many of the blocks are settled, and how many characters they cover. */
  readonly settledCount: number;
  readonly settledText: string;
}

export const emptyMarkdown: ParsedMarkdown = { blocks: [], settledCount: 0, settledText: "" };

// A later block can still change the one before it (a list goes on, a heading gets its underline), not earlier ones.
const openBlocks = 2;
const marked = new Marked({ gfm: true, extensions: [mathBlock, mathInline] });

/** Parses a whole text. */
export function parseMarkdown(source: string): ParsedMarkdown {
  const text = normalise(source);
  const blocks = marked.lexer(text).filter(isVisible);
  return { blocks, settledCount: blocks.length, settledText: text };
}

/** Parses a text that is still being written, keeping what `previous` settled. */
export function parseOpenMarkdown(source: string, previous: ParsedMarkdown): ParsedMarkdown {
  const text = normalise(source);
  const kept = text.startsWith(previous.settledText) ? previous : emptyMarkdown;
  const settled = kept.blocks.slice(0, kept.settledCount);
  const tail = marked.lexer(text.slice(kept.settledText.length));
  const visible = tail.filter(isVisible);
  const closing = visible.length > openBlocks ? visible[visible.length - openBlocks] : undefined;
  const settledTail = closing === undefined ? [] : tail.slice(0, tail.indexOf(closing));
  const settledText = kept.settledText + settledTail.map((token) => token.raw).join("");
  return {
    blocks: [...settled, ...visible.slice(0, -1), ...visible.slice(-1).map(repaired)],
    settledCount: settled.length + settledTail.filter(isVisible).length,
    settledText,
  };
}

/** What stands before the first formula; the same array where there is none. */
export function upToFormula(blocks: readonly Token[]): readonly Token[] {
  for (const [index, block] of blocks.entries()) {
    const formula = firstFormula(block);
    if (formula === null) continue;
    const start = block.raw.slice(0, Math.max(0, block.raw.indexOf(formula.raw)));
    return [...blocks.slice(0, index), ...marked.lexer(start).filter(isVisible).map(repaired)];
  }
  return blocks;
}

function firstFormula(block: Token): Token | null {
  let found: Token | null = null;
  // Most blocks need no walk.
  if (!/\$|\\[([]/.test(block.raw)) return null;
  void marked.walkTokens([block], (token) => {
    if (found === null && token.type.startsWith("math-")) found = token;
  });
  return found;
}

/** A link definition can change blocks above it; then a finished text is drawn once more. */
export function hasDefinitions(source: string): boolean {
  return /^ {0,3}\[[^\]]+\]:/m.test(source);
}

function repaired(token: Token): Token {
  if (token.type === "code" || token.type === "math-block" || token.type === "table") return token;
  const raw = closeOpenMarks(token.raw);
  if (raw === token.raw) return token;
  return marked.lexer(raw).filter(isVisible).at(-1) ?? token;
}

function isVisible(token: Token): boolean {
  return token.type !== "space" && token.type !== "def";
}

function normalise(source: string): string {
  return source.replace(/\r\n?/g, "\n");
}
