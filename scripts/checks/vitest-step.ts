import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { commandFile, runNode, type Step, type StepResult } from "./run-step.ts";

/** The parts of vitest's JSON report that are counted. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

/** A narrower choice within a project: files whose path contains one of these, and none that matches one of those. */
interface Choice {
  readonly files?: readonly string[];
  readonly exclude?: readonly string[];
  readonly limitMs?: number;
}

/** Runs one project of vitest.config.ts; each of its tests counts. */
export function vitestStep(
  title: string,
  project: string,
  environment: NodeJS.ProcessEnv,
  { files = [], exclude = [], limitMs }: Choice = {},
): Step {
  const run = async (): Promise<StepResult> => {
    const folder = await mkdtemp(path.join(tmpdir(), "shobar-vitest-"));
    const reportFile = path.join(folder, "report.json");
    try {
      const { succeeded, output } = await runNode(
        commandFile("vitest"),
        [
          "run",
          `--project=${project}`,
          "--reporter=default",
          "--reporter=json",
          `--outputFile.json=${reportFile}`,
          ...exclude.map((pattern) => `--exclude=${pattern}`),
          ...files,
        ],
        environment,
        limitMs,
      );
      const report = await readFile(reportFile, "utf8").then(
        (text) => JSON.parse(text) as Report,
        () => null,
      );
      return countTests(report, succeeded, output);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return { title, run };
}

/** A skipped test proves nothing, and neither does a file that broke before its first test: both count as failed. */
export function countTests(report: Report | null, succeeded: boolean, output: string): StepResult {
  if (!report) return { passed: 0, failed: 1, output: `${output}\nvitest left no report` };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  const skipped = report.numPendingTests + report.numTodoTests;
  const failed = report.numFailedTests + skipped + brokenFiles.length;
  const note = skipped > 0 ? `\n${skipped} tests were skipped; each counts as failed` : "";
  // An error outside every test (an unhandled rejection, a process left over) fails the run alone.
  return { passed: report.numPassedTests, failed: failed === 0 && !succeeded ? 1 : failed, output: output + note };
}
