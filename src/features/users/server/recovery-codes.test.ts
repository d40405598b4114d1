import { expect, test } from "vitest";
import { hashRecoveryCode, newRecoveryCodes } from "./recovery-codes.ts";

test("there are ten, no two alike, in groups that can be read aloud", () => {
  const codes = newRecoveryCodes();
  expect(new Set(codes).size).toBe(10);
  for (const code of codes) expect(code).toMatch(/^([a-km-np-z2-9]{4}-){3}[a-km-np-z2-9]{4}$/);
});

test("one counts however it is typed, and is stored as something else", () => {
  const [code = ""] = newRecoveryCodes();
  const stored = hashRecoveryCode(code);
  expect(stored).toMatch(/^[0-9a-f]{64}$/);
  expect(hashRecoveryCode(` ${code.toUpperCase().replaceAll("-", " ")}`)).toBe(stored);
  expect(hashRecoveryCode(code.replaceAll("-", ""))).toBe(stored);
});

test.each(["", "123456", "abcd-efgh-ijkm", "abcd-efgh-ijkm-npq1", "abcd-efgh-ijkm-npqrs"])("%j is none", (typed) => {
  expect(hashRecoveryCode(typed)).toBeNull();
});
