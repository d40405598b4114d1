import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { modelCatalogue } from "./model-catalogue.ts";
import { supportRows, supportStates } from "./support.ts";

const root = join(import.meta.dirname, "../../..");

test("each thing has one state, and only what was run for real says when and where", () => {
  expect(new Set(supportRows.map(({ kind, what }) => `${kind} ${what}`)).size).toBe(supportRows.length);
  for (const { state, run } of supportRows) {
    expect(supportStates).toContain(state);
    expect(run !== undefined).toBe(state === "run-for-real");
    if (run !== undefined) expect(run.date).toMatch(/^20\d\d-\d\d-\d\d$/);
  }
});

test("what was run for real was measured on that machine", () => {
  const results = JSON.parse(readFileSync(join(root, "bench/results/throughput.json"), "utf8")) as { machine: string };
  for (const { run } of supportRows) if (run !== undefined) expect(results.machine).toContain(run.machine);
});

test("a template counts as compared only where a test compares it", () => {
  const tested = readFileSync(join(root, "src/inference/local/chat-template-families.model.test.ts"), "utf8");
  const named = modelCatalogue.flatMap(({ template }) => template ?? []);
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((template) => !tested.includes(`template: "${template}"`))).toEqual([]);
});

test("every model of the catalogue is in the list", () => {
  const listed = supportRows.filter(({ kind }) => kind === "model").map(({ what }) => what);
  expect(modelCatalogue.every(({ name }) => listed.some((what) => what.startsWith(`${name},`)))).toBe(true);
});
