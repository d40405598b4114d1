/** Bytes of resident memory that a loaded model takes, by cause. */
export interface MemoryParts {
  /** The model file's tensors, mapped into memory. */
  readonly weights: number;
  /** Keys and values of every resident context. */
  readonly kv: number;
  /** Buffers of the largest step. */
  readonly compute: number;
  /** The child process itself, its tokenizer tables and libraries. */
  readonly overhead: number;
}
