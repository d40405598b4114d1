import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { errorCodes, retiredErrorCodes } from "../../src/contract/error-codes.ts";

const root = join(import.meta.dirname, "../..");

test("a retired error code is never used again: clients may still know its old meaning", () => {
  expect(Object.keys(errorCodes).filter((code) => retiredErrorCodes.includes(code))).toEqual([]);
});

test("every error code is thrown somewhere", () => {
  const code = globSync("src/**/*.ts", { cwd: root })
    .filter((file) => !file.endsWith("error-codes.ts") && !file.includes(".test.") && !file.includes("i18n"))
    .map((file) => readFileSync(join(root, file), "utf8"))
    .join("\n");
  expect(Object.keys(errorCodes).filter((name) => !code.includes(`"${name}"`))).toEqual([]);
});
