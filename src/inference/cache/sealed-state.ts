// How a saved state lies on the disk: a start with the file's own salt, the sealed header, and the data in sealed pieces.
// Every piece is bound to its place and to the start, so that nothing changed, cut, added or moved opens. What is opened
// here goes to native code that believes it: any doubt is no state.
import { hkdfSync, randomBytes } from "node:crypto";
import { openPiece, sealPiece, tagBytes } from "../../platform/backup/backup-seal.ts";
import { decodeHeader, encodeHeader, type StateHeader } from "./state-header.ts";

/** A file, or bytes in a test. */
export interface SealedBytes {
  readonly size: number;
  /** Fewer where the file ends. */
  read(offset: number, length: number): Buffer;
}

export interface SavedState {
  readonly header: StateHeader;
  readonly data: Uint8Array<ArrayBuffer>;
}

const magic = Buffer.from("SHOBARKV");
const formatVersion = 1;
const saltBytes = 16;
const lengthBytes = 4;
const startBytes = magic.length + 1 + saltBytes + lengthBytes;
/** A million tokens, and what stands beside them. */
const mostHeaderBytes = 4 * 1024 * 1024 + 4096;
/** Large, because each one costs a call; small beside what a piece of a state is. */
const pieceBytes = 1024 * 1024;

/** The bytes of the file, in order. `key`: of this model's states alone. */
export function* sealState(key: Uint8Array, header: StateHeader, data: Uint8Array): Generator<Buffer> {
  const sealedHeader = encodeHeader(header);
  const start = Buffer.concat([magic, Buffer.of(formatVersion), randomBytes(saltBytes), Buffer.alloc(lengthBytes)]);
  start.writeUInt32LE(sealedHeader.length, startBytes - lengthBytes);
  const fileKey = keyOf(key, start);
  yield start;
  yield sealPiece(fileKey, start, { number: 0, isLast: false }, sealedHeader);
  const count = Math.ceil(data.length / pieceBytes);
  for (let number = 1; number <= count; number += 1) {
    const piece = Buffer.from(data.buffer, data.byteOffset + (number - 1) * pieceBytes, lengthOf(number, data.length));
    yield sealPiece(fileKey, start, { number, isLast: number === count }, piece);
  }
}

/** How many bytes sealState makes. */
export function sealedBytesOf(header: StateHeader): number {
  return sizeOf(encodeHeader(header).length, header.dataBytes);
}

/** Null where the start is not what was sealed with this key, or the file has another length than it says. */
export function openHeader(key: Uint8Array, file: SealedBytes): StateHeader | null {
  return openStart(key, file)?.header ?? null;
}

/** Null unless every byte is what was sealed. */
export function openState(key: Uint8Array, file: SealedBytes): SavedState | null {
  const opened = openStart(key, file);
  if (opened === null) return null;
  const { header, start, fileKey } = opened;
  const data = new Uint8Array(header.dataBytes);
  const count = Math.ceil(data.length / pieceBytes);
  let offset = startBytes + opened.headerLength + tagBytes;
  for (let number = 1; number <= count; number += 1) {
    const sealed = file.read(offset, lengthOf(number, data.length) + tagBytes);
    const piece = openPiece(fileKey, start, { number, isLast: number === count }, sealed);
    if (piece === null) return null;
    data.set(piece, (number - 1) * pieceBytes);
    offset += sealed.length;
  }
  return { header, data };
}

function openStart(key: Uint8Array, file: SealedBytes) {
  const start = file.read(0, startBytes);
  if (start.length < startBytes || !start.subarray(0, magic.length).equals(magic)) return null;
  if (start[magic.length] !== formatVersion) return null;
  const headerLength = start.readUInt32LE(startBytes - lengthBytes);
  if (headerLength > mostHeaderBytes) return null;
  const sealed = file.read(startBytes, headerLength + tagBytes);
  if (sealed.length < headerLength + tagBytes) return null;
  const fileKey = keyOf(key, start);
  const opened = openPiece(fileKey, start, { number: 0, isLast: false }, sealed);
  const header = opened === null ? null : decodeHeader(opened);
  if (header === null || file.size !== sizeOf(headerLength, header.dataBytes)) return null;
  return { header, start, fileKey, headerLength };
}

/** Each file has a key of its own, so that a piece's number is used once with it. */
function keyOf(key: Uint8Array, start: Buffer): Buffer {
  const salt = start.subarray(magic.length + 1, magic.length + 1 + saltBytes);
  return Buffer.from(hkdfSync("sha256", key, salt, "shobar/saved-state", key.length));
}

function lengthOf(number: number, dataBytes: number): number {
  return Math.min(pieceBytes, dataBytes - (number - 1) * pieceBytes);
}

function sizeOf(headerLength: number, dataBytes: number): number {
  const pieces = Math.ceil(dataBytes / pieceBytes);
  return startBytes + headerLength + tagBytes + dataBytes + pieces * tagBytes;
}
