// The data folder: whose it is, who can read it, how much room and how fast its disk is, whether the clock went back.
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { minFreeBytes } from "../../platform/data-folder.ts";
import { measureFsyncMs, slowFsyncMs } from "../../platform/disk-speed.ts";
import { fileProblem } from "../../platform/file-problem.ts";
import { formatBytes } from "../../platform/format-bytes.ts";
import { fail, type Finding, ok, warn } from "./finding.ts";

const fewFreeBytes = 1_000_000_000;
const otherUsers = 0o077;

export function checkDataFolder(folder: string): Finding {
  const name = "Data folder";
  if (!existsSync(folder)) {
    return ok(name, `${folder} will be made at the first start`);
  }
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    return fail(
      name,
      `${folder}: ${fileProblem(error).problem}`,
      "Run this as the user that the server runs as, or correct the folder's owner.",
    );
  }
  const exposed = exposedFiles(folder);
  if (process.platform !== "win32" && exposed.length > 0) {
    return fail(
      name,
      `other users of this machine can read ${exposed.join(", ")}`,
      `Close it: chmod -R go-rwx ${folder}`,
    );
  }
  return ok(name, `${folder}, closed to other users`);
}

/** The folder itself keeps others out; where it is open, each file inside counts. */
function exposedFiles(folder: string): string[] {
  if ((statSync(folder).mode & otherUsers) === 0) {
    return [];
  }
  return readdirSync(folder).filter((file) => {
    const found = statSync(join(folder, file), { throwIfNoEntry: false });
    return found?.isFile() === true && (found.mode & otherUsers) !== 0;
  });
}

export interface DiskLook {
  readonly freeBytesOf: (folder: string) => number;
  readonly fsyncMsOf: (folder: string) => Promise<number>;
}

export const realDisk: DiskLook = {
  freeBytesOf(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
  fsyncMsOf: measureFsyncMs,
};

export async function checkDisk(dataFolder: string, disk: DiskLook = realDisk): Promise<Finding[]> {
  const folder = nearestFolder(dataFolder);
  return [checkRoom(disk.freeBytesOf(folder)), await checkSpeed(folder, disk)];
}

function checkRoom(free: number): Finding {
  const found = `${formatBytes(free)} free`;
  if (free < minFreeBytes) {
    return fail(
      "Disk",
      found,
      `The server needs ${formatBytes(minFreeBytes)} to start. Free some space, or move the data folder.`,
    );
  }
  return free < fewFreeBytes
    ? warn("Disk", found, "Free some space before it is full: what people write could no longer be kept.")
    : ok("Disk", found);
}

async function checkSpeed(folder: string, disk: DiskLook): Promise<Finding> {
  try {
    const ms = await disk.fsyncMsOf(folder);
    const found = `a write is safe on the disk after ${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
    return ms > slowFsyncMs
      ? warn(
          "Disk speed",
          found,
          "Every saved message waits that long. Put the data folder onto a faster disk (an SSD, no network share).",
        )
      : ok("Disk speed", found);
  } catch (error) {
    return fail(
      "Disk speed",
      `nothing can be written: ${fileProblem(error).problem}`,
      "Free some space, or correct the folder's owner.",
    );
  }
}

/** The folder, or the one above it that exists. */
function nearestFolder(folder: string): string {
  return existsSync(folder) ? folder : nearestFolder(dirname(folder));
}

const fewMs = 60_000;

/** What was written here cannot be younger than now. */
export function checkClockByFiles(dataFolder: string, now: number): Finding | null {
  const file = statSync(join(dataFolder, "shobar.db"), { throwIfNoEntry: false });
  if (!file || file.mtimeMs - now < fewMs) {
    return null;
  }
  const minutes = Math.round((file.mtimeMs - now) / 60_000);
  return fail(
    "Clock",
    `the database was last written ${minutes} minutes in the future`,
    "Set the clock of this machine, best by itself: timedatectl set-ntp true",
  );
}
