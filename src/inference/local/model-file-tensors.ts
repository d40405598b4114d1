// The tensor list of a GGUF header: every tensor must be sane, inside the file and apart from every other.
import type { ModelFileCursor } from "./model-file-cursor.ts";
import { tensorTypes } from "./model-file-quantizations.ts";
import { printable } from "./model-file-values.ts";

const maxTensors = 100_000;
/** llama.cpp's own limits: GGML_MAX_NAME with its final zero, GGML_MAX_DIMS. */
const maxNameBytes = 63;
const maxDimensions = 4;

export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: number;
  readonly weights: number;
  /** From the start of the tensor data. */
  readonly offset: number;
}

/** `mayBeEmpty`: the first of several parts may hold no weights. */
export async function readTensors(
  cursor: ModelFileCursor,
  count: number,
  { mayBeEmpty }: { readonly mayBeEmpty: boolean },
): Promise<readonly Tensor[]> {
  if (count === 0 && !mayBeEmpty) cursor.refuse("model_weights_missing");
  if (count > maxTensors) cursor.refuse("model_tensors_many", { count });
  const tensors: Tensor[] = [];
  const names = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const tensor = await readTensor(cursor);
    if (names.has(tensor.name)) cursor.refuse("model_tensor_twice", { it: printable(tensor.name) });
    names.add(tensor.name);
    tensors.push(tensor);
  }
  return tensors;
}

/** Refuses tensors that overlap, are not aligned, or reach beyond the end of the file. */
export function checkPlaces(cursor: ModelFileCursor, tensors: readonly Tensor[], alignment: number): void {
  const dataStart = Math.ceil(cursor.position / alignment) * alignment;
  let end = 0;
  for (const tensor of tensors.toSorted((one, other) => one.offset - other.offset)) {
    const name = printable(tensor.name);
    if (tensor.offset % alignment !== 0) cursor.refuse("model_tensor_unaligned", { it: name });
    if (tensor.offset < end) cursor.refuse("model_tensor_overlaps", { it: name });
    end = tensor.offset + tensor.bytes;
    if (dataStart + end > cursor.fileBytes) cursor.refuse("model_tensor_beyond_end", { it: name });
  }
}

async function readTensor(cursor: ModelFileCursor): Promise<Tensor> {
  const name = await cursor.string(maxNameBytes, {
    tooLong: "model_tensor_name_long",
    notText: "model_tensor_name_not_text",
  });
  await cursor.need(4);
  const dimensions = cursor.takeUint32();
  if (dimensions < 1 || dimensions > maxDimensions)
    cursor.refuse("model_tensor_dimensions", { it: printable(name), count: dimensions });
  await cursor.need(dimensions * 8 + 12);
  const shape = Array.from({ length: dimensions }, () => cursor.takeUint64());
  const typeId = cursor.takeUint32();
  const offset = cursor.takeUint64();
  const weights = shape.reduce((product, length) => product * length, 1);
  if (weights < 1 || !Number.isSafeInteger(weights)) cursor.refuse("model_tensor_shape", { it: printable(name) });
  const type = tensorTypes[typeId];
  if (type === undefined) cursor.refuse("model_tensor_type", { it: printable(name), number: typeId });
  if ((shape[0] ?? 0) % type.blockWeights !== 0) cursor.refuse("model_tensor_rows", { it: printable(name) });
  const bytes = (weights / type.blockWeights) * type.blockBytes;
  if (bytes > cursor.fileBytes || offset > cursor.fileBytes) {
    cursor.refuse("model_tensor_beyond_end", { it: printable(name) });
  }
  return { name, shape, bytes, weights, offset };
}
