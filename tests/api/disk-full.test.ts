import { expect, test } from "vitest";
import { writeOnFullDisk } from "../support/write-on-full-disk.ts";

/** The seeded small part of tests/long/disk-full.test.ts. */
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
