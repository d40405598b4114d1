// The first 24 bytes of a GGUF file: what it is, and how much of what follows.
import type { ModelFileCursor } from "./model-file-cursor.ts";

export async function readStart(cursor: ModelFileCursor): Promise<{ tensors: number; values: number }> {
  if (cursor.fileBytes < 24) cursor.refuse("it is too short to be a model");
  await cursor.need(24);
  const magic = cursor.take(4).toString("latin1");
  if (magic === "vers") {
    cursor.refuse("it is only a Git LFS pointer; run `git lfs pull` to get the real file");
  }
  if (magic !== "GGUF") cursor.refuse("it is not a GGUF file");
  const version = cursor.takeUint32();
  if (version !== 2 && version !== 3) cursor.refuse(`it is of GGUF version ${version}; versions 2 and 3 can be read`);
  return { tensors: cursor.takeUint64(), values: cursor.takeUint64() };
}
