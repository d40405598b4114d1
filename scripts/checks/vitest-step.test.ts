import { expect, test } from "vitest";
import { countTests } from "./vitest-step.ts";

const file = (status: string, tests: number) => ({
  name: "a.test.ts",
  status,
  assertionResults: Array.from({ length: tests }, () => ({})),
});
const report = {
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [file("passed", 3)],
};

test("every test of a green run counts as passed", () => {
  expect(countTests(report, true, "")).toEqual({ passed: 3, failed: 0, output: "" });
});

test("a skipped test and one that is still to be written count as failed", () => {
  const { passed, failed, output } = countTests({ ...report, numPendingTests: 1, numTodoTests: 1 }, true, "said");
  expect({ passed, failed }).toEqual({ passed: 3, failed: 2 });
  expect(output).toBe("said\n2 tests were skipped; each counts as failed");
});

test("a file that breaks before its first test counts as a failed test", () => {
  expect(countTests({ ...report, testResults: [file("failed", 0)] }, false, "").failed).toBe(1);
});

test("an error outside all tests counts as a failed test", () => {
  expect(countTests(report, false, "")).toMatchObject({ passed: 3, failed: 1 });
});

test("a run without a report counts as a failed test", () => {
  expect(countTests(null, true, "broken")).toEqual({ passed: 0, failed: 1, output: "broken\nvitest left no report" });
});
