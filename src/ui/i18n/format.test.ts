import { expect, test } from "vitest";
import { createFormat } from "./format.ts";

test.each([
  [0, "0 kB"],
  [412_000, "412 kB"],
  [98_400_000, "98 MB"],
  [1_250_000_000, "1.3 GB"],
])("%i bytes are %s: a size is never told as nothing", (bytes, text) => {
  expect(createFormat("en").bytes(bytes)).toBe(text);
});
