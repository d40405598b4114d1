// The colours are computed, not trusted: text roles at least 4.5 to 1, control outlines at least 3 to 1.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const css = readFileSync(join(import.meta.dirname, "../../src/ui/theme.css"), "utf8");
const roles = new Map(
  [...css.matchAll(/--color-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((match) => [
    match[1] ?? "",
    { light: match[2] ?? "", dark: match[3] ?? "" },
  ]),
);

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string, theme: "light" | "dark"): number {
  const [low = 0, high = 0] = [one, other]
    .map((role) => luminance(roles.get(role)?.[theme] ?? ""))
    .toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe.each(["light", "dark"] as const)("contrast in the %s theme", (theme) => {
  const pairs = [
    ...["text", "text-2", "text-3", "accent", "danger", "warning", "success"].flatMap((role) =>
      ["canvas", "surface", "sunken", "hover", "raised"].map((ground) => [role, ground, 4.5] as const),
    ),
    ...["canvas", "surface", "sunken"].map((ground) => ["control", ground, 3] as const),
    ["on-accent", "accent", 4.5] as const,
    ["text", "accent-soft", 4.5] as const,
    ["accent", "accent-soft", 4.5] as const,
    ...["danger", "warning", "success"].map((role) => [role, `${role}-soft`, 4.5] as const),
  ];

  test.each(pairs)("%s on %s is at least %d to 1", (role, ground, least) => {
    expect(contrast(role, ground, theme)).toBeGreaterThanOrEqual(least);
  });
});
