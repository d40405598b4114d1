// What changed with each version, from the product's CHANGELOG.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Release {
  readonly version: string;
  /** Each is one sentence or more, without Markdown's line breaks. */
  readonly changes: string[];
}

/** Those of versions after `fromVersion`, up to `toVersion`. */
export function changesBetween(productFolder: string, fromVersion: string, toVersion: string): string[] {
  return readReleases(productFolder, toVersion)
    .filter(({ version }) => isLater(version, fromVersion))
    .flatMap(({ changes }) => changes);
}

/** Newest first, up to `toVersion`; empty where there is no file. */
export function readReleases(productFolder: string, toVersion: string): Release[] {
  try {
    const changelog = readFileSync(join(productFolder, "CHANGELOG.md"), "utf8");
    return parseReleases(changelog).filter(({ version }) => !isLater(version, toVersion));
  } catch {
    return [];
  }
}

export function parseReleases(changelog: string): Release[] {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split("\n");
      const entries = lines.join("\n").split(/^- /m).slice(1);
      return {
        version: heading.split(" ")[0] ?? heading,
        changes: entries.map((entry) => entry.replaceAll(/\s+/g, " ").trim()),
      };
    });
}

/** Of two version numbers; 0.10.0 is later than 0.9.0. */
export function isLater(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) > 0;
}
