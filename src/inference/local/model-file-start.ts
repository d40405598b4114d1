// The first 24 bytes of a GGUF file: what it is, and how much of what follows.
import type { ModelFileCursor } from "./model-file-cursor.ts";

export async function readStart(cursor: ModelFileCursor): Promise<{ tensors: number; values: number }> {
  if (cursor.fileBytes < 24) cursor.refuse("model_too_short");
  await cursor.need(24);
  const magic = cursor.take(4).toString("latin1");
  if (magic === "vers") {
    cursor.refuse("model_lfs_pointer");
  }
  if (magic !== "GGUF") cursor.refuse("model_not_gguf");
  const version = cursor.takeUint32();
  if (version !== 2 && version !== 3) cursor.refuse("model_gguf_version", { number: version });
  return { tensors: cursor.takeUint64(), values: cursor.takeUint64() };
}
