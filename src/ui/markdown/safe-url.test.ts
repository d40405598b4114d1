import { expect, test } from "vitest";
import { safeUrl } from "./safe-url.ts";

test.each(["https://example.org/a?b=c", "http://example.org/", "mailto:ana@example.org"])(
  "%s may be opened",
  (address) => {
    expect(safeUrl(address)).toBe(address);
  },
);

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  " javascript:alert(1)",
  "java\nscript:alert(1)",
  "java\tscript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:x",
  "file:///etc/passwd",
  "blob:https://example.org/1",
  "//example.org/x",
  "/relative",
  "",
])("%j is not an address that an answer may link to", (address) => {
  expect(safeUrl(address)).toBeNull();
});
