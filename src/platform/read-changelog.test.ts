import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { changesBetween, readReleases } from "./read-changelog.ts";

const changelog = `# Changelog

Words before the first version.

## 0.10.0 (unreleased)

- The newest,
  on two lines.
- And another.

## 0.9.0

- The one before.

## 0.1.0

- The first.
`;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "shobar-changelog-"));
  writeFileSync(join(folder, "CHANGELOG.md"), changelog);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("the changes of an upgrade are those after the old version up to the new one, whole and on one line each", () => {
  expect(changesBetween(folder, "0.1.0", "0.10.0")).toEqual([
    "The newest, on two lines.",
    "And another.",
    "The one before.",
  ]);
  expect(changesBetween(folder, "0.9.0", "0.10.0")).toHaveLength(2);
  expect(changesBetween(folder, "0.1.0", "0.9.0")).toEqual(["The one before."]);
  expect(changesBetween(folder, "0.10.0", "0.10.0")).toEqual([]);
});

test("the releases are those up to the version that runs, newest first", () => {
  expect(readReleases(folder, "0.9.0")).toEqual([
    { version: "0.9.0", changes: ["The one before."] },
    { version: "0.1.0", changes: ["The first."] },
  ]);
  expect(readReleases(folder, "0.10.0").map(({ version }) => version)).toEqual(["0.10.0", "0.9.0", "0.1.0"]);
});

test("without a changelog there are none", () => {
  expect(changesBetween("/nowhere", "0.1.0", "0.2.0")).toEqual([]);
  expect(readReleases("/nowhere", "0.2.0")).toEqual([]);
});
