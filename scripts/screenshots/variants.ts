// How a page is looked at: width, theme, language, and what a person may have set in the browser or the system.
import type { BrowserContextOptions } from "playwright-core";

export interface Variant {
  readonly width: number;
  readonly theme: "light" | "dark";
  readonly language: "en" | "bn";
  /** Text at twice the size. */
  readonly isLargeText?: boolean;
  /** The system's colours instead of the page's. */
  readonly isForcedColours?: boolean;
}

const heights: Readonly<Record<number, number>> = { 1440: 900, 1024: 768, 390: 844, 320: 640 };
const every: readonly Variant[] = [1440, 1024, 390, 320].flatMap((width) =>
  (["light", "dark"] as const).flatMap((theme) =>
    (["en", "bn"] as const).map((language) => ({ width, theme, language })),
  ),
);

/** For the first state of a page. */
export const fullVariants: readonly Variant[] = [
  ...every,
  { width: 1024, theme: "light", language: "en", isLargeText: true },
  { width: 1024, theme: "dark", language: "en", isForcedColours: true },
];
/** For its other states: four of the above. */
export const fewVariants: readonly Variant[] = every.filter(
  ({ width, theme, language }) =>
    (width === 1440 && (theme === "light") === (language === "en")) ||
    (width === 390 && (theme === "light") === (language === "bn")),
);

export function captionOf({ width, theme, language, isLargeText, isForcedColours }: Variant): string {
  const settings = `${isLargeText === true ? " · text 200 %" : ""}${isForcedColours === true ? " · forced colours" : ""}`;
  return `${width} · ${theme} · ${language}${settings}`;
}

export function browserOptionsOf({ width, theme, language, isForcedColours }: Variant): BrowserContextOptions {
  return {
    viewport: { width, height: heights[width] ?? 800 },
    colorScheme: theme,
    forcedColors: isForcedColours === true ? "active" : "none",
    locale: language,
    timezoneId: "UTC",
    reducedMotion: "reduce",
    hasTouch: width < 640,
    isMobile: width < 640,
  };
}
