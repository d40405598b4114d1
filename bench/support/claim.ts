// A claim is measured in rounds, printed as a table, kept as JSON in bench/results and shown in docs/figures.md.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { type Claim, describeNumber, holds, type Result, type Row } from "./result.ts";
import { summarise } from "./statistics.ts";
import { writeFigures } from "./write-figures.ts";

export const projectFolder = join(import.meta.dirname, "..", "..");
export const resultsFolder = join(projectFolder, "bench", "results");

export function report(claim: Claim): void {
  const result: Result = {
    ...claim,
    measuredAt: new Date().toISOString(),
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { cwd: projectFolder, encoding: "utf8" }).trim(),
    machine: describeMachine(),
  };
  console.log(`${claim.title}\n`);
  console.table(Object.fromEntries(claim.rows.map((row) => [row.what, describeRow(row)])));
  claim.notes.forEach((note) => console.log(`- ${note}`));
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${claim.name}.json`), `${JSON.stringify(result, null, 2)}\n`);
  writeFigures(resultsFolder, join(projectFolder, "docs", "figures.md"));
}

export function progress(text: string): void {
  process.stderr.write(`  ${text}\n`);
}

function describeRow(row: Row): Record<string, string> {
  const { min, median, max } = summarise(row.rounds);
  const bar = row.bar ? `${row.bar.is} ${row.bar.value}: ${holds(row) ? "holds" : "MISSED"}` : "";
  return {
    unit: row.unit,
    min: describeNumber(min),
    median: describeNumber(median),
    max: describeNumber(max),
    rounds: String(row.rounds.length),
    bar,
  };
}

function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? "unknown processor";
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} × ${model}, ${gigabytes} GiB, ${process.platform} ${arch()} ${release()}, Node ${process.versions.node}${inContainer()}`;
}

function inContainer(): string {
  try {
    return /docker|containerd|kubepods/.test(readFileSync("/proc/1/cgroup", "utf8")) ? ", in a container" : "";
  } catch {
    return "";
  }
}
