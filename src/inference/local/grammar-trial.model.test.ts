import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findLlamaLibrary } from "./find-llama-library.ts";
import { createGrammarTrials } from "./grammar-trial.ts";
import { starterFile } from "./open-starter.ts";

const trials = createGrammarTrials(join(import.meta.dirname, "engine-worker.ts"));
const check = (grammar: string) => trials.check({ libraryFolder: findLlamaLibrary(), modelFile: starterFile, grammar });

describe("A grammar that somebody wrote", () => {
  test("passes where it works, and is not tried twice", async () => {
    await check('root ::= "yes" | "no"');
    const startedMs = performance.now();
    await check('root ::= "yes" | "no"');
    expect(performance.now() - startedMs).toBeLessThan(100);
  });

  test.each([
    ["broken", "root ::= ("],
    ["without a start", 'answer ::= "x"'],
    ["with a rule that is nowhere", "root ::= missing"],
    ["that leads to itself without a sign", 'root ::= root "x"'],
  ])("%s is refused", async (_, grammar) => {
    await expect(check(grammar)).rejects.toMatchObject({ code: "invalid_grammar", details: { param: "grammar" } });
  });

  test("nested so deeply that it would end the engine ends the trial alone", async () => {
    const deep = `root ::= ${"(".repeat(40_000)}"x"${")".repeat(40_000)}`;
    await expect(check(deep)).rejects.toMatchObject({ status: 400 });
  });

  test("that grows without limit is too costly", async () => {
    const letters = ["a", "b", "c", "d", "e", "f", "g"];
    const rules = letters.slice(1).map((name, at) => `${name} ::= ${`${letters[at]}* `.repeat(12)}`);
    const growing = `root ::= (${letters.at(-1)} | ${letters.at(-1)} root)*\na ::= [a-z ]* [a-z ]* [a-z ]*\n${rules.join("\n")}`;
    await expect(check(growing)).rejects.toMatchObject({ status: 400 });
  });
});
