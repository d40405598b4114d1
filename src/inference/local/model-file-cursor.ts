// Reads a model file's header through one small window. A file is hostile until it was read: nothing is allocated by a
// number that the file claims, nothing beyond its end is asked for, and the event loop gets its turn at every refill.
import type { FileHandle } from "node:fs/promises";
import { because, type ReasonCode, type ReasonParts } from "../../contract/reasons.ts";
import { AppError } from "../../platform/errors.ts";

const windowBytes = 256 * 1024;
/** Vocabulary and merges of the largest known models are about 20 MB. */
const maxHeaderBytes = 256 * 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** There is less of the file than its size says: it became shorter, or the rest has not come yet. */
export class ModelFileCutError extends AppError {
  constructor(file: string) {
    super("model_file_invalid", { file, ...because("model_became_shorter") });
  }
}

/** What is wrong with a text that is not as it should be. */
export interface StringReasons {
  readonly tooLong: ReasonCode;
  readonly notText: ReasonCode;
  readonly it?: string;
}

export class ModelFileCursor {
  readonly fileBytes: number;
  readonly #handle: FileHandle;
  readonly #fileName: string;
  #window = Buffer.alloc(0);
  /** Place in the file of the window's first byte, and of the next byte inside the window. */
  #start = 0;
  #next = 0;

  constructor(handle: FileHandle, fileBytes: number, fileName: string) {
    this.#handle = handle;
    this.fileBytes = fileBytes;
    this.#fileName = fileName;
  }

  get position(): number {
    return this.#start + this.#next;
  }

  refuse(reason: ReasonCode, parts: ReasonParts = {}): never {
    throw new AppError("model_file_invalid", { file: this.#fileName, ...because(reason, parts) });
  }

  /** Whether the next bytes can be taken without `need`. */
  has(bytes: number): boolean {
    return this.#next + bytes <= this.#window.length;
  }

  /** Makes the next `bytes` readable, or refuses the file. */
  async need(bytes: number): Promise<void> {
    if (this.has(bytes)) return;
    const from = this.position;
    if (from + bytes > this.fileBytes) this.refuse("model_header_cut");
    if (from + bytes > maxHeaderBytes) this.refuse("model_header_large");
    const window = Buffer.allocUnsafe(Math.min(Math.max(bytes, windowBytes), this.fileBytes - from));
    let filled = 0;
    while (filled < window.length) {
      const { bytesRead } = await this.#handle.read(window, filled, window.length - filled, from + filled);
      if (bytesRead === 0 && filled >= bytes) break;
      if (bytesRead === 0) throw new ModelFileCutError(this.#fileName);
      filled += bytesRead;
    }
    this.#window = window.subarray(0, filled);
    this.#start = from;
    this.#next = 0;
  }

  skip(bytes: number): void {
    if (this.position + bytes > this.fileBytes) this.refuse("model_header_cut");
    this.#next += bytes;
    if (this.#next > this.#window.length) this.seek(this.#start + this.#next);
  }

  seek(position: number): void {
    this.#window = Buffer.alloc(0);
    this.#start = position;
    this.#next = 0;
  }

  /** The next bytes as a view into the window, valid until the next `need`. */
  take(bytes: number): Buffer {
    const at = this.#next;
    this.#next += bytes;
    return this.#window.subarray(at, this.#next);
  }

  takeUint32(): number {
    return this.take(4).readUInt32LE();
  }

  /** An unsigned 64-bit number that is exact in a double; larger ones exist in no honest file. */
  takeUint64(): number {
    const value = this.take(8).readBigUInt64LE();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.refuse("model_number_absurd");
    return Number(value);
  }

  /** A length-prefixed UTF-8 string of at most `maxBytes`; `it` is what the file calls it. */
  async string(maxBytes: number, { tooLong, notText, it }: StringReasons): Promise<string> {
    const parts = it === undefined ? {} : { it };
    await this.need(8);
    const bytes = this.takeUint64();
    if (bytes > maxBytes) this.refuse(tooLong, { ...parts, number: bytes, limit: maxBytes });
    await this.need(bytes);
    try {
      return utf8.decode(this.take(bytes));
    } catch {
      return this.refuse(notText, parts);
    }
  }
}
