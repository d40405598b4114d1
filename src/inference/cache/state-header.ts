// What a saved state says about itself: of which model it is, who may have it, and the tokens it stands for. It is sealed
// together with the data, because tokens are what people wrote.

export interface StateHeader {
  /** The name that its file was given: one that was renamed or put in another's place is not what it says. */
  readonly name: string;
  /** Of the weights, the element type of the cache and the library; see modelFingerprint. */
  readonly model: string;
  /** Who may reuse it. */
  readonly scope: string;
  /** Sequences of the context that it was read from: the library fills no other with it. */
  readonly layout: number;
  /** Exactly those whose keys and values the data holds, from the start of the prompt. */
  readonly tokens: Int32Array;
  readonly dataBytes: number;
}

const lengthBytes = 4;
const tokenBytes = 4;

export function encodeHeader({ tokens, ...rest }: StateHeader): Buffer {
  const text = Buffer.from(JSON.stringify(rest), "utf8");
  const length = Buffer.alloc(lengthBytes);
  length.writeUInt32LE(text.length);
  return Buffer.concat([length, text, Buffer.from(tokens.buffer, tokens.byteOffset, tokens.byteLength)]);
}

/** Null for anything but what encodeHeader makes. */
export function decodeHeader(bytes: Buffer): StateHeader | null {
  if (bytes.length < lengthBytes) return null;
  const start = lengthBytes + bytes.readUInt32LE();
  if (start > bytes.length || (bytes.length - start) % tokenBytes !== 0) return null;
  const rest = parse(bytes.toString("utf8", lengthBytes, start));
  if (rest === null) return null;
  // A copy, because an Int32Array must begin at a multiple of four.
  return { ...rest, tokens: new Int32Array(Uint8Array.from(bytes.subarray(start)).buffer) };
}

function parse(text: string): Omit<StateHeader, "tokens"> | null {
  try {
    const { name, model, scope, layout, dataBytes } = JSON.parse(text) as Record<keyof StateHeader, unknown>;
    if (typeof name !== "string" || typeof model !== "string" || typeof scope !== "string") return null;
    return isCount(layout) && isCount(dataBytes) ? { name, model, scope, layout, dataBytes } : null;
  } catch {
    return null;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}
