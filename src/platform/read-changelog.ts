// What changed between two versions, from the product's CHANGELOG.md.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Newest version first; empty where there is no file. Each is one sentence or more, without Markdown's line breaks. */
export function changesBetween(productFolder: string, fromVersion: string, toVersion: string): string[] {
  try {
    return parseChanges(readFileSync(join(productFolder, "CHANGELOG.md"), "utf8"), fromVersion, toVersion);
  } catch {
    return [];
  }
}

/** Those of versions after `fromVersion`, up to `toVersion`. */
export function parseChanges(changelog: string, fromVersion: string, toVersion: string): string[] {
  const changes: string[] = [];
  for (const section of changelog.split(/^## /m).slice(1)) {
    const [heading = "", ...lines] = section.split("\n");
    const [version = ""] = heading.split(" ");
    if (isLater(version, fromVersion) && !isLater(version, toVersion)) {
      const entries = lines.join("\n").split(/^- /m).slice(1);
      changes.push(...entries.map((entry) => entry.replaceAll(/\s+/g, " ").trim()));
    }
  }
  return changes;
}

function isLater(one: string, other: string): boolean {
  return one.localeCompare(other, "en", { numeric: true }) > 0;
}
