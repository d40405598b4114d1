import { describe, expect, test } from "vitest";
import { createModelLine } from "./model-line.ts";
import type { Output } from "./output.ts";

function anOutput(isTerminal: boolean): Output & { readonly written: string[] } {
  const written: string[] = [];
  return {
    json: false,
    isTerminal,
    columns: 40,
    written,
    answer: (_value, text) => void written.push(`${text}\n`),
    write: (text) => void (text !== "" && written.push(text)),
  };
}

const loading = (percent: number) => ({ status: "loading", percent }) as const;

describe("The model's line", () => {
  test("is written over on a terminal, only when it changes and never wider than the terminal", () => {
    const output = anOutput(true);
    const line = createModelLine(output);
    line.show("m", loading(1), "A model: loading 1 %");
    line.show("m", loading(1), "A model: loading 1 %");
    line.show("m", loading(2), "A model with a very, very long name: loading 2 %");
    line.show("m", { status: "ready" }, "A model with a very, very long name: ready", { isLast: true });
    line.show("m", loading(3), "too late");
    line.end();
    expect(output.written).toEqual([
      "\r\u001B[2K  Model        A model: loading 1 %",
      "\r\u001B[2K  Model        A model with a very, ver",
      "\r\u001B[2K  Model        A model with a very, very long name: ready\n",
    ]);
  });

  test("comes back below a note", () => {
    const output = anOutput(true);
    const line = createModelLine(output);
    line.show("m", loading(1), "loading 1 %");
    line.note({}, "  Note");
    line.end();
    expect(output.written.join("")).toBe(
      "\r\u001B[2K  Model        loading 1 %\r\u001B[2K  Note\n  Model        loading 1 %\n",
    );
  });

  test("is one line per status where nobody watches", () => {
    const output = anOutput(false);
    const line = createModelLine(output);
    for (const percent of [0, 50, 100]) {
      line.show("m", loading(percent), `loading ${percent} %`);
    }
    line.show("m", { status: "ready" }, "ready", { isLast: true });
    expect(output.written).toEqual(["  Model        loading 0 %\n", "  Model        ready\n"]);
  });
});
