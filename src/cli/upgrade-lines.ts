// What the start screen says after an upgrade: from where to where, what changed, and the way back.
import type { Upgrade } from "../platform/backup/upgrade-data-folder.ts";

const shownChanges = 5;
const indent = "               ";

export function upgradeLines(
  { fromVersion, toVersion, migrations, snapshot }: Upgrade,
  changes: readonly string[],
  columns: number,
): string[] {
  const what =
    fromVersion === toVersion ? "The database was brought up to date" : `From ${fromVersion} to ${toVersion}`;
  const count = changes.length > 0 ? counted(changes.length, "change") : counted(migrations.length, "database change");
  const more = changes.length - shownChanges;
  return [
    `  Upgraded     ${what}: ${count}${changes.length > 0 ? " (CHANGELOG.md)" : ""}.`,
    ...changes.slice(0, shownChanges).map((change) => `${indent}- ${oneLine(change, columns - indent.length - 2)}`),
    ...(more > 0 ? [`${indent}- and ${more} more`] : []),
    ...(snapshot === null ? [] : [`${indent}To go back: stop the server, then shobar rollback`]),
  ];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function oneLine(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(20, width - 1)).trimEnd()}…`;
}
