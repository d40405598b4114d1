import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { printReference } from "./print-reference.ts";

test.each(Object.entries(printReference()))("docs/%s says what the code does", (name, text) => {
  const written = readFileSync(path.join(import.meta.dirname, "..", "docs", name), "utf8");
  expect(written, "run: npm run -s reference").toBe(text);
});
