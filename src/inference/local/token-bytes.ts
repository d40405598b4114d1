// The bytes of a vocabulary, as far as a grammar must know them. llama.cpp's grammar reads characters leniently: it takes
// an overlong encoding for the character meant, and a control token for its name. Neither arrives as such in the answer.

export interface TokenBytes {
  /** 1 where a token can be no part of text under a grammar. */
  readonly unwritable: Uint8Array;
  readonly firstByte: Uint8Array;
  readonly lastByte: Uint8Array;
}

export function readTokenBytes(
  vocabularySize: number,
  piece: (token: number) => Uint8Array,
  endsGeneration: (token: number) => boolean,
): TokenBytes {
  const unwritable = new Uint8Array(vocabularySize);
  const firstByte = new Uint8Array(vocabularySize);
  const lastByte = new Uint8Array(vocabularySize);
  for (let token = 0; token < vocabularySize; token += 1) {
    const bytes = piece(token);
    firstByte[token] = bytes[0] ?? 0;
    lastByte[token] = bytes.at(-1) ?? 0;
    const isEmpty = bytes.length === 0 && !endsGeneration(token);
    if (isEmpty || bytes.some((byte, at) => isNeverText(byte) || startsWrongly(bytes[at - 1] ?? 0, byte))) {
      unwritable[token] = 1;
    }
  }
  return { unwritable, firstByte, lastByte };
}

/** Bytes that no UTF-8 text has; NUL ends a text in C. */
function isNeverText(byte: number): boolean {
  return byte === 0 || byte === 0xc0 || byte === 0xc1 || byte >= 0xf5;
}

/** Second bytes that make a character overlong, half of a pair, or one past the last. */
export function startsWrongly(before: number, byte: number): boolean {
  switch (before) {
    case 0xe0:
      return byte >= 0x80 && byte < 0xa0;
    case 0xed:
      return byte >= 0xa0 && byte < 0xc0;
    case 0xf0:
      return byte >= 0x80 && byte < 0x90;
    case 0xf4:
      return byte >= 0x90 && byte < 0xc0;
    default:
      return false;
  }
}
