import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { drawFairScheduling } from "./draw-fair-scheduling.ts";

test("docs/fair-scheduling.svg shows what the scheduler does", () => {
  const drawn = readFileSync(path.join(import.meta.dirname, "..", "docs", "fair-scheduling.svg"), "utf8");
  expect(drawn, "run: node scripts/draw-fair-scheduling.ts").toBe(drawFairScheduling());
});
