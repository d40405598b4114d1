// docs/figures.md from the JSON of the last runs, so that no number in the docs was typed by hand.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describeNumber, holds, type Result } from "./result.ts";
import { summarise } from "./statistics.ts";

export function writeFigures(resultsFolder: string, file: string): void {
  const results = readdirSync(resultsFolder)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(resultsFolder, name), "utf8")) as Result);
  const introduction = [
    "# Figures",
    "",
    "Printed by `npm run bench` from `bench/results/`. Each claim has a file in `bench/`; a ratio compares two programs of the",
    "same run, round by round.",
  ];
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${[...introduction, ...results.flatMap(describeResult)].join("\n")}\n`);
}

function describeResult(result: Result): string[] {
  return [
    "",
    `## ${result.title}`,
    "",
    "| what | unit | min | median | max | rounds | bar |",
    "| --- | --- | ---: | ---: | ---: | ---: | --- |",
    ...result.rows.map((row) => {
      const { min, median, max } = summarise(row.rounds);
      const bar = row.bar ? `${row.bar.is} ${row.bar.value}: ${holds(row) ? "holds" : "**missed**"}` : "";
      const numbers = [min, median, max].map(describeNumber).join(" | ");
      return `| ${row.what} | ${row.unit} | ${numbers} | ${row.rounds.length} | ${bar} |`;
    }),
    "",
    ...result.notes.map((note) => `- ${note}`),
    `- ${result.measuredAt.slice(0, 16).replace("T", " ")} UTC, commit ${result.commit}, ${result.machine}`,
  ];
}
