import { expect, test } from "vitest";
import { errorCodes, retiredErrorCodes } from "../../src/contract/error-codes.ts";

test("a retired error code is never used again: clients may still know its old meaning", () => {
  expect(Object.keys(errorCodes).filter((code) => retiredErrorCodes.includes(code))).toEqual([]);
});
