// Calls of tools as they are found in an answer.

export type ToolPiece =
  | { readonly kind: "text"; readonly text: string }
  /** `name` is there on a call's first piece and null on all others; `text` is more of its arguments. */
  | { readonly kind: "call"; readonly name: string | null; readonly text: string };

export interface KnownTool {
  readonly name: string;
  /** JSON Schema of its arguments. */
  readonly parameters?: unknown;
}

/** A whole call, or what there is of it where the answer breaks off. */
export interface CallReading {
  readonly pieces: readonly ToolPiece[];
  readonly rest: string;
}
