import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTextAssembler } from "./text-assembler.ts";

/** Feeds pieces, each a string or bytes; returns what was shown after each, then the end. */
function assemble(pieces: readonly (string | Uint8Array)[], stop: readonly string[] = []) {
  const assembler = createTextAssembler(stop);
  const shown: string[] = [];
  for (const piece of pieces) {
    const { text, stopped } = assembler.add(typeof piece === "string" ? new TextEncoder().encode(piece) : piece);
    shown.push(text);
    if (stopped) return { shown, stopped };
  }
  shown.push(assembler.end());
  return { shown, stopped: false };
}

const bytesOf = (text: string) => Array.from(new TextEncoder().encode(text), (byte) => Uint8Array.of(byte));
const graphemesOf = (text: string) => [...new Intl.Segmenter("und").segment(text)].map(({ segment }) => segment);

describe("characters", () => {
  test("Latin letters and punctuation are shown at once", () => {
    expect(assemble(["Hello", ",", " world", "\n", "é", "."]).shown).toEqual([
      "Hello",
      ",",
      " world",
      "\n",
      "é",
      ".",
      "",
    ]);
  });

  test.each([
    ["Bengali conjuncts and vowel signs", "আমি বাংলায় গান গাই ক্ষ"],
    ["a family joined by ZWJ", "👨‍👩‍👧‍👦 ok"],
    ["flags", "🇧🇩🇩🇪"],
    ["a skin tone", "👍🏽 yes"],
    ["a keycap", "1️⃣ first"],
    ["Devanagari", "नमस्ते"],
    ["Arabic with marks", "السَّلَامُ"],
    ["Thai", "สวัสดี"],
  ])("%s arrive whole, even byte by byte", (_, text) => {
    const { shown } = assemble(bytesOf(text));
    expect(shown.join("")).toBe(text);
    expect(shown.filter((piece) => piece !== "").flatMap(graphemesOf)).toEqual(graphemesOf(text));
  });

  test("after one letter with a separate mark, letters wait for their marks", () => {
    const { shown } = assemble(["e", "\u0301", " e", "\u0301", "x"]);
    expect(shown).toEqual(["e", "", "\u0301 ", "", "e\u0301", "x"]);
  });

  test("half a character at the end is dropped, not shown broken", () => {
    expect(assemble(["ok", Uint8Array.of(0xe0, 0xa6)]).shown.join("")).toBe("ok");
  });

  test("an endless cluster is not held back for ever", () => {
    const { shown } = assemble(["a", ...Array.from({ length: 500 }, () => "\u0301")]);
    expect(shown.slice(0, -1).join("").length).toBeGreaterThan(400);
  });

  test("every text comes out as it went in, however it is cut", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (text, sizes) => {
        const bytes = new TextEncoder().encode(text);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < bytes.length;) {
          const size = sizes.next().value as number;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        const { shown } = assemble(pieces);
        expect(shown.join("")).toBe(text);
        for (const piece of shown) expect(piece.isWellFormed()).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe("stop strings", () => {
  test("a stop string is held back while it grows and never shown", () => {
    expect(assemble(["Yes.", "\nUs", "er", ":", " more"], ["\nUser:"])).toEqual({
      shown: ["Yes.", "", "", ""],
      stopped: true,
    });
  });

  test("a false alarm is shown as soon as it is one", () => {
    expect(assemble(["a\nUs", "ual"], ["\nUser:"]).shown).toEqual(["a", "\nUsual", ""]);
  });

  test("what was held back is shown when the answer ends before it", () => {
    expect(assemble(["a\nUser"], ["\nUser:"]).shown).toEqual(["a", "\nUser"]);
  });

  test("a stop string inside one piece cuts it", () => {
    expect(assemble(["one END two"], ["END"])).toEqual({ shown: ["one "], stopped: true });
  });

  test("of several, the one that comes first counts", () => {
    expect(assemble(["a b c"], ["c", "b"])).toEqual({ shown: ["a "], stopped: true });
  });

  test("an empty stop string stops nothing", () => {
    expect(assemble(["abc"], [""])).toEqual({ shown: ["abc", ""], stopped: false });
  });

  test("no part of a stop string is ever shown, however the text is cut", () => {
    const texts = fc.array(fc.constantFrom("a", "b", "ab", "abc", "c", "ক"), { maxLength: 12 });
    fc.assert(
      fc.property(texts, fc.constantFrom("abc", "ba", "aab", "ক"), (pieces, stop) => {
        const whole = pieces.join("");
        const { shown, stopped } = assemble(pieces, [stop]);
        const at = whole.indexOf(stop);
        expect(stopped).toBe(at >= 0);
        expect(shown.join("")).toBe(at >= 0 ? whole.slice(0, at) : whole);
      }),
      { seed: 1, numRuns: 500 },
    );
  });
});
