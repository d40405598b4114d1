import { describe, expect, test } from "vitest";
import { commonStart } from "../cache/state-index.ts";
import { type CachedSequence, chooseSequence, type SharedTokens } from "./choose-sequence.ts";

function tokens(length: number, from = 0): Int32Array {
  return Int32Array.from({ length }, (_, index) => from + index);
}

function cached(sequence: number, changes: Partial<CachedSequence> = {}): CachedSequence {
  return { sequence, running: false, scope: "ana", shared: null, tokens: new Int32Array(), lastUsed: 0, ...changes };
}

const choose = (sequences: readonly CachedSequence[], prompt: Int32Array, shared: SharedTokens | null = null) =>
  chooseSequence(sequences, prompt, { scope: "ana", shared }, 512);

describe("choosing a sequence", () => {
  test("a growing chat continues where its last turn ended", () => {
    const sequences = [cached(0), cached(1, { tokens: tokens(100), lastUsed: 1 })];
    expect(choose(sequences, tokens(150))).toEqual({ sequence: 1, cachedTokens: 100, copyFrom: null });
  });

  test("the last prompt token is always computed", () => {
    expect(choose([cached(0, { tokens: tokens(100) })], tokens(100))?.cachedTokens).toBe(99);
    expect(choose([cached(0, { tokens: tokens(100) })], tokens(1))?.cachedTokens).toBe(0);
  });

  test("what another scope wrote is never reused", () => {
    const sequences = [cached(0, { tokens: tokens(100), scope: "ben" })];
    expect(choose(sequences, tokens(150))).toEqual({ sequence: 0, cachedTokens: 0, copyFrom: null });
  });

  test("of another scope's sequence no more is reused than the start that both may share, as far as it is equal", () => {
    const of = (shared: SharedTokens | null) => [
      cached(0, { tokens: tokens(100), scope: "ben", shared, running: true }),
      cached(1),
    ];
    const rules = { scope: "rules", tokens: 60 };
    expect(choose(of(rules), tokens(150), rules)).toEqual({ sequence: 1, cachedTokens: 60, copyFrom: 0 });
    expect(choose(of(rules), tokens(150), { scope: "rules", tokens: 40 })?.cachedTokens).toBe(40);
    expect(choose(of({ scope: "rules", tokens: 30 }), tokens(150), rules)?.cachedTokens).toBe(30);
    expect(choose(of({ scope: "others", tokens: 60 }), tokens(150), rules)?.cachedTokens).toBe(0);
    expect(choose(of(null), tokens(150), rules)?.cachedTokens).toBe(0);
    expect(choose(of(rules), tokens(150))?.cachedTokens).toBe(0);
    expect(choose(of(rules), tokens(150, 1), rules)?.cachedTokens).toBe(0);
  });

  test("the longest equal start wins", () => {
    const sequences = [
      cached(0, { tokens: tokens(80) }),
      cached(1, { tokens: tokens(120) }),
      cached(2, { tokens: tokens(90) }),
    ];
    expect(choose(sequences, tokens(150))?.sequence).toBe(1);
  });

  test("a chat that only shares a system prompt is copied, not cut", () => {
    const other = Int32Array.from([...tokens(70), ...tokens(400, 9000)]);
    const sequences = [cached(0, { tokens: other, lastUsed: 5 }), cached(1)];
    expect(choose(sequences, tokens(150))).toEqual({ sequence: 1, cachedTokens: 70, copyFrom: 0 });
  });

  test("the start of a running sequence is copied", () => {
    const sequences = [cached(0, { tokens: tokens(200), running: true }), cached(1)];
    expect(choose(sequences, tokens(300))).toEqual({ sequence: 1, cachedTokens: 200, copyFrom: 0 });
  });

  test("a short shared start is not worth a copy", () => {
    const sequences = [cached(0, { tokens: tokens(15), running: true }), cached(1)];
    expect(choose(sequences, tokens(300))).toEqual({ sequence: 1, cachedTokens: 0, copyFrom: null });
  });

  test("where a copy brings little more, what the replaced sequence itself has of the start is kept", () => {
    const used = cached(0, { tokens: Int32Array.from([...tokens(30), ...tokens(300, 9000)]) });
    const running = cached(1, { tokens: tokens(40), running: true });
    expect(choose([used, running], tokens(60))).toEqual({ sequence: 0, cachedTokens: 30, copyFrom: null });
    const farther = cached(1, { tokens: tokens(50), running: true });
    expect(choose([used, farther], tokens(60))).toEqual({ sequence: 0, cachedTokens: 50, copyFrom: 1 });
  });

  test("a short chat that shares a start makes room for the next one when no sequence is empty, the oldest first", () => {
    const chat = (from: number) => Int32Array.from([...tokens(20), ...tokens(40, from)]);
    const full = [
      cached(0, { tokens: tokens(300, 5000), lastUsed: 1 }),
      cached(1, { tokens: chat(700), lastUsed: 3 }),
      cached(2, { tokens: chat(900), lastUsed: 2 }),
    ];
    expect(choose(full, tokens(35))).toEqual({ sequence: 2, cachedTokens: 20, copyFrom: null });
    expect(choose([...full, cached(3)], tokens(35))).toEqual({ sequence: 3, cachedTokens: 20, copyFrom: 2 });
  });

  test("without a hit the emptiest, then the least recently used sequence is replaced", () => {
    const full = [
      cached(0, { tokens: tokens(9, 100), lastUsed: 2 }),
      cached(1, { tokens: tokens(9, 200), lastUsed: 1 }),
    ];
    expect(choose(full, tokens(5, 500))?.sequence).toBe(1);
    expect(choose([...full, cached(2, { lastUsed: 9 })], tokens(5, 500))?.sequence).toBe(2);
  });

  test("if the copy's source is itself the one to be replaced, it is cut in place", () => {
    const other = Int32Array.from([...tokens(70), ...tokens(400, 9000)]);
    expect(choose([cached(0, { tokens: other })], tokens(150))).toEqual({
      sequence: 0,
      cachedTokens: 70,
      copyFrom: null,
    });
  });

  test("there is none while all run", () => {
    expect(choose([cached(0, { running: true })], tokens(5))).toBeNull();
  });
});

test("a common start ends at the first difference", () => {
  expect(commonStart(tokens(5), Int32Array.of(0, 1, 9, 3))).toBe(2);
  expect(commonStart(tokens(0), tokens(3))).toBe(0);
});
