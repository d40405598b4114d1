// Theme and density live on the root element; `theme.js` reads the same keys before the first paint.
import { readStored, writeStored } from "./stored.ts";

export type ThemeChoice = "system" | "light" | "dark";
export type Density = "comfortable" | "compact";

export function applyTheme(theme: ThemeChoice): void {
  const root = document.documentElement;
  if (theme === "system") delete root.dataset["theme"];
  else root.dataset["theme"] = theme;
  writeStored("shobar.theme", theme === "system" ? null : theme);
}

export function currentDensity(): Density {
  return readStored("shobar.density") === "compact" ? "compact" : "comfortable";
}

export function applyDensity(density: Density): void {
  const root = document.documentElement;
  if (density === "compact") root.dataset["density"] = "compact";
  else delete root.dataset["density"];
  writeStored("shobar.density", density === "compact" ? density : null);
}
