import { expect, test } from "vitest";
import { keepOnFullDisk } from "../support/keep-on-full-disk.ts";
import { uploadOnFullDisk } from "../support/upload-on-full-disk.ts";
import { writeOnFullDisk } from "../support/write-on-full-disk.ts";

const seed = Number(process.env["SEED"] ?? 1);

test.runIf(process.platform === "linux")(
  "200 times a full disk loses nothing, is told clearly, and goes on by itself",
  async () => {
    const report = await writeOnFullDisk({ points: 200, seed });
    console.log(
      `figure: disk full ${report.points} times: ${report.acknowledged} writes kept, ${report.refused} refused, ${report.streams} answers ended meanwhile`,
    );
    expect(report.faults).toEqual([]);
    expect(report.refused).toBeGreaterThanOrEqual(200);
  },
);

test.runIf(process.platform === "linux")(
  "200 times a disk that becomes full in the middle of an upload keeps what had arrived, and it goes on",
  async () => {
    const { refused, uploads, faults } = await uploadOnFullDisk({ points: 200, seed });
    console.log(`figure: ${uploads} uploads, refused ${refused} times for want of room, ${faults.length} faults`);
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThanOrEqual(200);
  },
);

test.runIf(process.platform === "linux")(
  "200 times a disk that becomes full in a backup, a trial restore, a restore, an upgrade or a rollback leaves the old state",
  async () => {
    const { refused, enough, faults } = await keepOnFullDisk({ points: 200, seed });
    console.log(`figure: refused ${JSON.stringify(refused)}, enough room ${enough} times, ${faults.length} faults`);
    expect(faults).toEqual([]);
    expect(Math.min(...Object.values(refused))).toBeGreaterThan(10);
  },
);
