// Damages a model file's header in the ways that hurt readers: the same seed gives the same damage everywhere.
import { seededRandom } from "./seeded-random.ts";

const awkwardNumbers = [
  0n,
  1n,
  0xffn,
  0x7fff_ffffn,
  0xffff_ffffn,
  0x1_0000_0000n,
  0x7fff_ffff_ffff_ffffn,
  0xffff_ffff_ffff_ffffn,
];

/** A copy with one to four mutations within the first `headerBytes`; may be shorter than the original. */
export function mutateHeader(file: Buffer, headerBytes: number, seed: number): Buffer {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  let bytes: Buffer = Buffer.from(file);
  const mutations = 1 + below(4);
  for (let index = 0; index < mutations; index += 1)
    bytes = mutateOnce(bytes, Math.min(headerBytes, bytes.length), below);
  return bytes;
}

function mutateOnce(bytes: Buffer, headerBytes: number, below: (limit: number) => number): Buffer {
  if (headerBytes < 16) return bytes;
  const at = below(headerBytes - 8);
  switch (below(6)) {
    case 0:
      bytes.writeUInt8(below(256), at);
      return bytes;
    case 1:
      bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << below(8)), at);
      return bytes;
    case 2:
      bytes.writeBigUInt64LE(awkwardNumbers[below(awkwardNumbers.length)] ?? 0n, at);
      return bytes;
    case 3:
      bytes.writeUInt32LE(Number((awkwardNumbers[below(awkwardNumbers.length)] ?? 0n) & 0xffff_ffffn), at);
      return bytes;
    case 4:
      return below(4) === 0 ? bytes.subarray(0, at) : bytes;
    default:
      bytes.copy(bytes, at, below(headerBytes - 8), Math.min(headerBytes, at + 64));
      return bytes;
  }
}
