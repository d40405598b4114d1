import { expect, test } from "vitest";
import { codeAddress, newCodeSecret, stepOfCode } from "./one-time-codes.ts";

// The secret of RFC 6238's appendix B; its codes there have eight digits, of which six are the last ones.
const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

test.each([
  [59, "287082"],
  [1_111_111_109, "081804"],
  [1_111_111_111, "050471"],
  [1_234_567_890, "005924"],
  [2_000_000_000, "279037"],
  [20_000_000_000, "353130"],
])("at second %i the code of the standard is %s", (second, code) => {
  expect(stepOfCode(secret, code, second * 1000)).toBe(Math.floor(second / 30));
});

test("a code counts one step early and one late, and belongs to its own step", () => {
  const step = Math.floor(1_234_567_890 / 30);
  const at = (offset: number) => stepOfCode(secret, "005924", (step + offset) * 30_000);
  expect([-2, -1, 0, 1, 2].map(at)).toEqual([null, step, step, step, null]);
});

test.each(["", "00592", "0059240", "abcdef", "005925"])("%j is no code", (code) => {
  expect(stepOfCode(secret, code, 1_234_567_890_000)).toBeNull();
});

test("an app is told everything that it needs, and each secret is a new one of 160 bits", () => {
  const address = new URL(codeAddress(secret, "ana@example.org", "Rahman: Textiles"));
  expect(address.protocol + address.host + decodeURIComponent(address.pathname)).toBe(
    "otpauth:totp/Rahman  Textiles:ana@example.org",
  );
  expect(Object.fromEntries(address.searchParams)).toEqual({
    issuer: "Rahman  Textiles",
    secret,
    algorithm: "SHA1",
    digits: "6",
    period: "30",
  });
  expect(newCodeSecret()).toMatch(/^[A-Z2-7]{32}$/);
  expect(newCodeSecret()).not.toBe(newCodeSecret());
});
