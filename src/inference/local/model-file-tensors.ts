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
  if (count === 0 && !mayBeEmpty) cursor.refuse("it holds no weights");
  if (count > maxTensors) cursor.refuse(`it claims to have ${count} tensors`);
  const tensors: Tensor[] = [];
  const names = new Set<string>();
  for (let index = 0; index < count; index += 1) {
    const tensor = await readTensor(cursor);
    if (names.has(tensor.name)) cursor.refuse(`the tensor ${printable(tensor.name)} is there twice`);
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
    if (tensor.offset % alignment !== 0) cursor.refuse(`the tensor ${name} is not aligned`);
    if (tensor.offset < end) cursor.refuse(`the tensor ${name} overlaps another one`);
    end = tensor.offset + tensor.bytes;
    if (dataStart + end > cursor.fileBytes)
      cursor.refuse(`the tensor ${name} reaches beyond the end of the file, which is probably not complete`);
  }
}

async function readTensor(cursor: ModelFileCursor): Promise<Tensor> {
  const name = await cursor.string(maxNameBytes, "the name of a tensor");
  await cursor.need(4);
  const dimensions = cursor.takeUint32();
  if (dimensions < 1 || dimensions > maxDimensions)
    cursor.refuse(`the tensor ${printable(name)} has ${dimensions} dimensions`);
  await cursor.need(dimensions * 8 + 12);
  const shape = Array.from({ length: dimensions }, () => cursor.takeUint64());
  const typeId = cursor.takeUint32();
  const offset = cursor.takeUint64();
  const weights = shape.reduce((product, length) => product * length, 1);
  if (weights < 1 || !Number.isSafeInteger(weights))
    cursor.refuse(`the tensor ${printable(name)} has an impossible shape`);
  const type = tensorTypes[typeId];
  if (type === undefined) cursor.refuse(`the tensor ${printable(name)} is of the unknown type ${typeId}`);
  if ((shape[0] ?? 0) % type.blockWeights !== 0)
    cursor.refuse(`the rows of the tensor ${printable(name)} do not fit its type`);
  const bytes = (weights / type.blockWeights) * type.blockBytes;
  if (bytes > cursor.fileBytes || offset > cursor.fileBytes) {
    cursor.refuse(`the tensor ${printable(name)} reaches beyond the end of the file, which is probably not complete`);
  }
  return { name, shape, bytes, weights, offset };
}
