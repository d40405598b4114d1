import { expect, test } from "vitest";
import { changesBetween, parseChanges } from "./read-changelog.ts";

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

test("the changes of an upgrade are those after the old version up to the new one, whole and on one line each", () => {
  expect(parseChanges(changelog, "0.1.0", "0.10.0")).toEqual([
    "The newest, on two lines.",
    "And another.",
    "The one before.",
  ]);
  expect(parseChanges(changelog, "0.9.0", "0.10.0")).toHaveLength(2);
  expect(parseChanges(changelog, "0.1.0", "0.9.0")).toEqual(["The one before."]);
  expect(parseChanges(changelog, "0.10.0", "0.10.0")).toEqual([]);
});

test("without a changelog there are none", () => {
  expect(changesBetween("/nowhere", "0.1.0", "0.2.0")).toEqual([]);
});
