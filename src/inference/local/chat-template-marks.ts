// Keeps what people typed apart from what the template says. Typed text goes through the template between marks that
// nobody can guess; afterwards everything outside the marks is control text and everything inside is typed text, so that a
// typed "<|im_start|>" can never become the special token.
import { randomInt } from "node:crypto";
import type { PromptPart } from "./worker-protocol.ts";

/** Private-use characters survive `upper` and `trim`, and no honest text holds six particular ones in a row. */
const firstPrivate = 0xe000;
const privateCount = 0x1900;

export interface Marks {
  /** A stand-in for the text; surrounding white space stays outside, so that the template trims it or leaves it itself. */
  readonly opaque: (text: string) => string;
  /** The text itself between marks, every sign that could be part of a special token made harmless. */
  readonly wrapped: (text: string) => string;
  /** A name that a template looks things up by: no mark around it, and nothing in it can grow into a special token. */
  readonly harmless: (text: string) => string;
  /** Takes a rendered prompt apart; null when the template cut through a marked text. */
  split(rendered: string): readonly PromptPart[] | null;
  /** Everything up to the end of the last marked text. */
  upToLastMark(rendered: string): string;
}

export function createMarks(): Marks {
  const nonce = Array.from({ length: 6 }, () => String.fromCharCode(firstPrivate + randomInt(privateCount))).join("");
  const [open, close, standIn, harmless] = [
    `${nonce}\u{f0001}`,
    `${nonce}\u{f0002}`,
    `${nonce}\u{f0003}`,
    `${nonce}\u{f0004}`,
  ];
  const texts: string[] = [];

  const mark = (text: string, inside: (core: string) => string): string => {
    const core = text.trim();
    if (core === "") return text;
    const start = text.indexOf(core);
    return text.slice(0, start) + open + inside(core) + close + text.slice(start + core.length);
  };

  const textOf = (inside: string): string => {
    const standsFor = inside.startsWith(standIn) ? texts[Number(inside.slice(standIn.length))] : undefined;
    return standsFor ?? inside.replaceAll(harmless, "");
  };

  const makeHarmless = (text: string) => text.replace(/[^\p{L}\p{N}\p{M}\s/_-]/gu, `$&${harmless}`);

  return {
    harmless: makeHarmless,
    opaque: (text) => mark(text, (core) => standIn + String(texts.push(core) - 1)),
    wrapped: (text) => mark(text, makeHarmless),
    split(rendered) {
      const parts: PromptPart[] = [];
      const [head, ...marked] = rendered.split(open);
      if (head?.includes(close)) return null;
      addControl(parts, head ?? "", harmless);
      for (const piece of marked) {
        const [inside, after, ...more] = piece.split(close);
        if (inside === undefined || after === undefined || more.length > 0) return null;
        parts.push({ kind: "text", text: textOf(inside) });
        addControl(parts, after, harmless);
      }
      return parts;
    },
    upToLastMark: (rendered) => rendered.slice(0, rendered.lastIndexOf(close) + close.length),
  };
}

/** A piece that the template cut out of a typed text keeps its harmless signs, and is kept from growing together there. */
function addControl(parts: PromptPart[], text: string, harmless: string): void {
  for (const piece of text.split(harmless)) if (piece !== "") parts.push({ kind: "control", text: piece });
}
