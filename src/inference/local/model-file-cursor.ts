// Reads a model file's header through one small window. A file is hostile until it was read: nothing is allocated by a
// number that the file claims, nothing beyond its end is asked for, and the event loop gets its turn at every refill.
import type { FileHandle } from "node:fs/promises";
import { AppError } from "../../platform/errors.ts";

const windowBytes = 256 * 1024;
/** Vocabulary and merges of the largest known models are about 20 MB. */
const maxHeaderBytes = 256 * 1024 * 1024;

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** There is less of the file than its size says: it became shorter, or the rest has not come yet. */
export class ModelFileCutError extends AppError {
  constructor(file: string) {
    super("model_file_invalid", { file, problem: "it became shorter while it was read" });
  }
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

  refuse(problem: string): never {
    throw new AppError("model_file_invalid", { file: this.#fileName, problem });
  }

  /** Whether the next bytes can be taken without `need`. */
  has(bytes: number): boolean {
    return this.#next + bytes <= this.#window.length;
  }

  /** Makes the next `bytes` readable, or refuses the file. */
  async need(bytes: number): Promise<void> {
    if (this.has(bytes)) return;
    const from = this.position;
    if (from + bytes > this.fileBytes) this.refuse("it ends in the middle of its header, perhaps the download was cut");
    if (from + bytes > maxHeaderBytes) this.refuse("its header is larger than 256 MB");
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
    if (this.position + bytes > this.fileBytes)
      this.refuse("it ends in the middle of its header, perhaps the download was cut");
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
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) this.refuse("its header holds an absurdly large number");
    return Number(value);
  }

  /** A length-prefixed UTF-8 string of at most `maxBytes`. */
  async string(maxBytes: number, what: string): Promise<string> {
    await this.need(8);
    const bytes = this.takeUint64();
    if (bytes > maxBytes) this.refuse(`${what} is ${bytes} bytes long, more than the ${maxBytes} allowed`);
    await this.need(bytes);
    try {
      return utf8.decode(this.take(bytes));
    } catch {
      return this.refuse(`${what} is not valid UTF-8`);
    }
  }
}
