import { expect, test } from "vitest";
import { keepOnFullDisk } from "../support/keep-on-full-disk.ts";
import { uploadOnFullDisk } from "../support/upload-on-full-disk.ts";
import { writeOnFullDisk } from "../support/write-on-full-disk.ts";

// The seeded small parts of tests/long/disk-full.test.ts.

test.runIf(process.platform === "linux")(
  "a full disk refuses with one clear error, loses nothing, and goes on by itself when there is space",
  async () => {
    const report = await writeOnFullDisk({ points: 8, seed: 3 });
    console.log(JSON.stringify(report));
    expect(report.faults).toEqual([]);
    expect(report.refused).toBeGreaterThanOrEqual(8);
    expect(report.streams).toBe(1);
  },
  240_000,
);

test.runIf(process.platform === "linux")(
  "a disk that becomes full in the middle of an upload keeps what had arrived, and the upload goes on",
  async () => {
    const { refused, faults } = await uploadOnFullDisk({ points: 5, seed: 3 });
    expect(faults).toEqual([]);
    expect(refused).toBeGreaterThanOrEqual(5);
  },
  240_000,
);

test.runIf(process.platform === "linux")(
  "a disk that becomes full in a backup, a trial restore, a restore, an upgrade or a rollback leaves the old state whole",
  async () => {
    const { refused, faults } = await keepOnFullDisk({ points: 10, seed: 3 });
    expect(faults).toEqual([]);
    expect(Object.values(refused).filter((count) => count > 0).length).toBeGreaterThan(3);
  },
  240_000,
);
