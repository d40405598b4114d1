// Splits a GGUF file into two, as llama.cpp's own tool does: the first has the header, both have half of the tensors.
import { string, u32, u64 } from "./build-model-file.ts";

interface TensorInfo {
  /** Name, dimensions and type, as they stand in the file. */
  readonly head: Buffer;
  readonly data: Buffer;
}

const alignment = 32;

export function splitModelFile(file: Buffer): readonly [Buffer, Buffer] {
  const tensorCount = Number(file.readBigUInt64LE(8));
  const valueCount = Number(file.readBigUInt64LE(16));
  const valuesEnd = skipValues(file, 24, valueCount);
  const tensors = readInfos(file, valuesEnd, tensorCount);
  const middle = Math.ceil(tensorCount / 2);
  const facts = (number: number) => splitValues(number, tensorCount);
  return [
    assemble(valueCount + 3, Buffer.concat([file.subarray(24, valuesEnd), facts(0)]), tensors.slice(0, middle)),
    assemble(3, facts(1), tensors.slice(middle)),
  ];
}

function assemble(valueCount: number, values: Buffer, tensors: readonly TensorInfo[]): Buffer {
  let offset = 0;
  const infos: Buffer[] = [];
  const data: Buffer[] = [];
  for (const tensor of tensors) {
    infos.push(tensor.head, u64(offset));
    const padding = Buffer.alloc(aligned(tensor.data.length) - tensor.data.length);
    data.push(tensor.data, padding);
    offset += tensor.data.length + padding.length;
  }
  const head = Buffer.concat([Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(valueCount), values, ...infos]);
  return Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length), ...data]);
}

function splitValues(number: number, tensorCount: number): Buffer {
  const u16 = 2;
  const i32 = 5;
  return Buffer.concat([
    string("split.no"),
    u32(u16),
    Buffer.from([number, 0]),
    string("split.count"),
    u32(u16),
    Buffer.from([2, 0]),
    string("split.tensors.count"),
    u32(i32),
    u32(tensorCount),
  ]);
}

function readInfos(file: Buffer, start: number, count: number): readonly TensorInfo[] {
  let at = start;
  const found: { head: Buffer; offset: number }[] = [];
  for (let index = 0; index < count; index += 1) {
    const from = at;
    at += 8 + Number(file.readBigUInt64LE(at));
    at += 4 + 8 * file.readUInt32LE(at) + 4;
    found.push({ head: file.subarray(from, at), offset: Number(file.readBigUInt64LE(at)) });
    at += 8;
  }
  const dataStart = aligned(at);
  const offsets = found.map(({ offset }) => offset).toSorted((one, other) => one - other);
  return found.map(({ head, offset }) => {
    const next = offsets[offsets.indexOf(offset) + 1] ?? file.length - dataStart;
    return { head, data: file.subarray(dataStart + offset, dataStart + next) };
  });
}

/** By type id; strings and lists are counted below. */
const scalarBytes: Readonly<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};

function skipValues(file: Buffer, start: number, count: number): number {
  let at = start;
  const skipText = () => void (at += 8 + Number(file.readBigUInt64LE(at)));
  for (let index = 0; index < count; index += 1) {
    skipText();
    const type = file.readUInt32LE(at);
    at += 4;
    if (type === 8) skipText();
    else if (type === 9) {
      const of = file.readUInt32LE(at);
      const length = Number(file.readBigUInt64LE(at + 4));
      at += 12;
      if (of === 8) for (let item = 0; item < length; item += 1) skipText();
      else at += length * (scalarBytes[of] ?? 0);
    } else at += scalarBytes[type] ?? 0;
  }
  return at;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignment) * alignment;
}
