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

test.each([
  [131_072, "128k", "১২৮ হাজার"],
  [40_960, "40k", "৪০ হাজার"],
  [200_000, "200k", "২০০ হাজার"],
  [2_500, "2.5k", "২.৫ হাজার"],
  [1_048_576, "1 million", "১০.৫ লাখ"],
])("%i tokens are told as people call them: %s", (count, english, bengali) => {
  expect(createFormat("en").thousands(count)).toBe(english);
  expect(createFormat("bn").thousands(count)).toBe(bengali);
});
