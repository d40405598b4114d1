import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { openHeader, openState, type SealedBytes, sealedBytesOf, sealState } from "./sealed-state.ts";
import type { StateHeader } from "./state-header.ts";

const key = randomBytes(32);
const data = new Uint8Array(randomBytes(2 * 1024 * 1024 + 77));
const header: StateHeader = {
  name: "a-name",
  model: "a-model",
  scope: "user:0198f3a2-anamika চা",
  layout: 8,
  tokens: Int32Array.from({ length: 300 }, (_, index) => index * 7),
  dataBytes: data.length,
};
const sealed = Buffer.concat([...sealState(key, header, data)]);

function asFile(bytes: Buffer): SealedBytes {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

const opens = (bytes: Buffer, with_: Uint8Array = key) => openState(with_, asFile(bytes)) !== null;

describe("a sealed state", () => {
  test("opens to what it was, and shows nothing of it", () => {
    const opened = openState(key, asFile(sealed));
    expect(opened?.header).toEqual(header);
    expect(Buffer.compare(opened?.data ?? Buffer.alloc(0), data)).toBe(0);
    expect(openHeader(key, asFile(sealed))).toEqual(header);
    expect(sealed.length).toBe(sealedBytesOf(header));
    expect(sealed.includes("anamika")).toBe(false);
    expect(sealed.includes(Buffer.from(data.subarray(1000, 1032)))).toBe(false);
  });

  test("is never the same twice", () => {
    const again = Buffer.concat([...sealState(key, header, data)]);
    expect(again.length).toBe(sealed.length);
    expect(again.subarray(100, 200).equals(sealed.subarray(100, 200))).toBe(false);
  });

  test("does not open with another key", () => {
    expect(opens(sealed, randomBytes(32))).toBe(false);
    expect(openHeader(randomBytes(32), asFile(sealed))).toBeNull();
  });

  test("is none with any byte of its start and header changed, and with one changed anywhere in each piece", () => {
    const ends = [0, 1600, 1024 * 1024, 2 * 1024 * 1024, sealed.length - 16].flatMap((place) => [place, place + 15]);
    const everywhere = Array.from({ length: 60 }, (_, index) => Math.floor((index * sealed.length) / 60));
    const start = Array.from({ length: 1500 }, (_, place) => place);
    for (const place of [...start, ...ends, ...everywhere]) {
      const changed = Buffer.from(sealed);
      changed[place] = (changed[place] as number) ^ (1 << (place % 8));
      expect([place, opens(changed)]).toEqual([place, false]);
    }
  });

  test("is none cut off anywhere, continued, or with its pieces in another order", () => {
    for (const length of [0, 5, 28, 29, 400, 1300, 1_000_000, sealed.length - 17, sealed.length - 1]) {
      expect([length, opens(sealed.subarray(0, length))]).toEqual([length, false]);
      expect(openHeader(key, asFile(sealed.subarray(0, length)))).toBeNull();
    }
    expect(opens(Buffer.concat([sealed, Buffer.of(0)]))).toBe(false);
    const pieces = [...sealState(key, header, data)] as [Buffer, Buffer, Buffer, Buffer, Buffer];
    const [start, head, first, second, last] = pieces;
    expect(opens(Buffer.concat([start, head, second, first, last]))).toBe(false);
    expect(opens(Buffer.concat([start, head, first, first, last]))).toBe(false);
  });

  test("is none with a piece or the header of another file of the same key", () => {
    const [start, head, ...rest] = [...sealState(key, header, data)] as [Buffer, Buffer, ...Buffer[]];
    const [, otherHead, ...otherRest] = [...sealState(key, header, data)] as [Buffer, Buffer, ...Buffer[]];
    expect(opens(Buffer.concat([start, otherHead, ...rest]))).toBe(false);
    expect(opens(Buffer.concat([start, head, ...otherRest]))).toBe(false);
  });

  test("is none where it is anything else", () => {
    for (const length of [0, 10, 100, 10_000]) expect(opens(randomBytes(length))).toBe(false);
    const endless = Buffer.from(sealed);
    endless.writeUInt32LE(0xffffffff, 25);
    expect(opens(endless)).toBe(false);
  });
});
