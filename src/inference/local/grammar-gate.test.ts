import { describe, expect, test } from "vitest";
import { createGrammarGate } from "./grammar-gate.ts";
import type { GrammarStart } from "./worker-protocol.ts";

const thinking = { open: "<think>", close: "</think>", isOpen: false };

/** What each piece does, with all that the gate lets pass passed. */
function walk(start: GrammarStart, pieces: readonly string[]): readonly string[] {
  const gate = createGrammarGate(start);
  return pieces.map((piece) => {
    const step = gate.look(piece);
    expect(gate.look(piece)).toBe(step);
    gate.pass(piece);
    return step;
  });
}

describe("a grammar that must hold begins behind the thinking", () => {
  const start = { thinking: { ...thinking, isOpen: true }, marks: [], isNeeded: true };

  test("with the sign that ends it, however it comes", () => {
    expect(walk(start, ["So ", "</", "thi", "nk>"])).toEqual(["closed", "closed", "closed", "opens"]);
    expect(walk(start, ["So", "</think>\n\n"])).toEqual(["closed", "opens"]);
  });

  test("a token that would jump over it is told apart", () => {
    expect(walk(start, ["So</think", '>{"a']).at(-1)).toBe("goes-on");
    const gate = createGrammarGate(start);
    gate.pass("So</think");
    expect(gate.look(">{")).toBe("goes-on");
    expect(gate.look(">")).toBe("opens");
  });

  test("also at a mark that the model only writes about, as no grammar would hold otherwise", () => {
    expect(walk(start, ['The tag "', "</think>"])).toEqual(["closed", "opens"]);
  });
});

describe("a grammar of calls begins at their mark", () => {
  const start = { thinking, marks: ["<tool_call>"], isNeeded: false };

  test("with thinking before or without", () => {
    expect(walk(start, ["Hm. ", "<tool_call>"])).toEqual(["closed", "opens"]);
    expect(walk(start, ["<think>", "a", "</think>", "\n", "<tool_call>"]).at(-1)).toBe("opens");
  });

  test("not within the thinking, a block of code or quotation marks", () => {
    expect(walk(start, ["<think>", "<tool_call>", "x"])).toEqual(["closed", "closed", "closed"]);
    expect(walk(start, ["```\n", "<tool_call>", "\n```\n", "<tool_call>"])).toEqual([
      "closed",
      "closed",
      "closed",
      "opens",
    ]);
    expect(walk(start, ["the mark `", "<tool_call>", "` is"])).toEqual(["closed", "closed", "closed"]);
  });
});
