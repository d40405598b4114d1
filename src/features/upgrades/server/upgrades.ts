// What the last upgrade was, told to admins until one of them knows of it. Which versions have worked on the data says the
// database itself; only what was seen is kept here.
import * as z from "zod/mini";
import { listSnapshots } from "../../../platform/backup/snapshots.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { readVersions } from "../../../platform/database/version-store.ts";
import { isLater, readReleases } from "../../../platform/read-changelog.ts";
import { readSetting, type Setting, writeSetting } from "../../settings/server/settings.ts";
import type { Release, UpgradeState } from "../contract.ts";

export interface UpgradesParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly version: string;
  /** What is typed to run a command of this installation. */
  readonly program: string;
  readonly productFolder: string;
  readonly dataFolder: string;
}

const seenVersion: Setting<string> = { name: "upgrades.seenVersion", schema: z.string(), initial: "" };
const mostReleases = 20;

export async function readUpgradeState(parts: UpgradesParts, organisationId: string): Promise<UpgradeState> {
  const { db, version } = parts;
  const [latest, before] = await db.run(readVersions, {});
  const wasUpgraded = latest !== undefined && before !== undefined && isLater(latest.version, before.version);
  const seen = await readSetting(db, organisationId, seenVersion);
  return {
    version,
    last: wasUpgraded ? { fromVersion: before.version, at: latest.startedAt, isSeen: seen === version } : null,
    wayBack: wayBackOf(parts),
  };
}

/** A page that was open since before the upgrade tells of another version: that changes nothing. */
export async function markUpgradeSeen(
  parts: UpgradesParts,
  organisationId: string,
  version: string,
): Promise<UpgradeState> {
  if (version === parts.version) {
    await writeSetting(parts, organisationId, seenVersion, version);
  }
  return readUpgradeState(parts, organisationId);
}

export function listReleases({ productFolder, version }: UpgradesParts): Release[] {
  return readReleases(productFolder, version).slice(0, mostReleases);
}

/** `rollback` takes the newest snapshot; one that an earlier upgrade made would go back too far. */
function wayBackOf({ dataFolder, program, version }: UpgradesParts): UpgradeState["wayBack"] {
  const [newest] = listSnapshots(dataFolder);
  if (newest?.toVersion !== version) {
    return null;
  }
  const folder = /^[\w/.:\\-]+$/.test(dataFolder) ? dataFolder : `"${dataFolder}"`;
  const { createdAt: madeAt, fromVersion } = newest;
  return { command: `${program} rollback --data ${folder}`, madeAt, fromVersion };
}
