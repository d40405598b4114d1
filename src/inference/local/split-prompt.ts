// Where a prompt has special tokens and where it has plain text. The whole prompt is cut at the special tokens of its
// control parts and nowhere else, so plain text meets the tokenizer in the same runs as in training; what a person
// typed never becomes a special token.
import type { PromptPart } from "./worker-protocol.ts";

export interface SpecialToken {
  readonly token: number;
  readonly text: string;
  /** The tokenizer removes white space before or after it. */
  readonly stripsBefore: boolean;
  readonly stripsAfter: boolean;
  /** llama.cpp recognises it in plain text too, so typed text must be kept from spelling it. */
  readonly foundInPlainText: boolean;
}

export type PromptRun =
  | { readonly kind: "special"; readonly token: number }
  | { readonly kind: "plain"; readonly text: string };

// llama_token_attr
const unknown = 1 << 0;
const control = 1 << 3;
const userDefined = 1 << 4;
const leftStrip = 1 << 7;
const rightStrip = 1 << 8;

/** The special tokens of a vocabulary, longest first. */
export function findSpecialTokens(
  vocabularySize: number,
  attributesOf: (token: number) => number,
  textOf: (token: number) => string,
): readonly SpecialToken[] {
  const special: SpecialToken[] = [];
  for (let token = 0; token < vocabularySize; token += 1) {
    const attributes = attributesOf(token);
    if ((attributes & (unknown | control | userDefined)) === 0) continue;
    const text = textOf(token);
    if (text === "") continue;
    special.push({
      token,
      text,
      stripsBefore: (attributes & leftStrip) !== 0,
      stripsAfter: (attributes & rightStrip) !== 0,
      foundInPlainText: (attributes & (unknown | control)) === 0,
    });
  }
  return special.sort((one, other) => other.text.length - one.text.length);
}

export function splitPrompt(prompt: readonly PromptPart[], special: readonly SpecialToken[]): readonly PromptRun[] {
  const runs: PromptRun[] = [];
  let plain = "";
  let stripNext = false;
  const endPlain = () => {
    if (plain !== "") runs.push({ kind: "plain", text: plain });
    plain = "";
  };
  const addPlain = (text: string) => {
    plain += stripNext ? text.trimStart() : text;
    if (text !== "") stripNext = false;
  };
  for (const part of prompt) {
    if (part.kind === "text") {
      for (const [index, piece] of keepApart(part.text, special).entries()) {
        if (index > 0) endPlain();
        addPlain(piece);
      }
      continue;
    }
    for (const piece of cutAtSpecial(part.text, special)) {
      if (typeof piece === "string") {
        addPlain(piece);
        continue;
      }
      if (piece.stripsBefore) plain = plain.trimEnd();
      endPlain();
      runs.push({ kind: "special", token: piece.token });
      stripNext = piece.stripsAfter;
    }
  }
  endPlain();
  return runs;
}

function cutAtSpecial(text: string, special: readonly SpecialToken[]): (string | SpecialToken)[] {
  let pieces: (string | SpecialToken)[] = [text];
  for (const candidate of special) {
    if (!text.includes(candidate.text)) continue;
    pieces = pieces.flatMap((piece) => {
      if (typeof piece !== "string" || !piece.includes(candidate.text)) return [piece];
      const between = piece.split(candidate.text);
      return between.flatMap((plain, index) => (index === 0 ? [plain] : [candidate, plain]));
    });
  }
  return pieces.filter((piece) => piece !== "");
}

/** Markup such as <tool_call> that llama.cpp would find in plain text is cut after its first character. */
function keepApart(text: string, special: readonly SpecialToken[]): readonly string[] {
  let pieces = [text];
  for (const { text: markup, foundInPlainText } of special) {
    if (!foundInPlainText || !/^[<[].+[>\]]$/su.test(markup) || !text.includes(markup)) continue;
    pieces = pieces.flatMap((piece) => {
      const between = piece.split(markup);
      return between.flatMap((plain, index) => [
        (index === 0 ? "" : markup.slice(1)) + plain + (index === between.length - 1 ? "" : markup[0]),
      ]);
    });
  }
  return pieces;
}
