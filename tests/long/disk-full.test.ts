import { expect, test } from "vitest";
import { writeOnFullDisk } from "../support/write-on-full-disk.ts";

test.runIf(process.platform === "linux")(
  "200 times a full disk loses nothing, is told clearly, and goes on by itself",
  async () => {
    const report = await writeOnFullDisk({ points: 200, seed: Number(process.env["SEED"] ?? 1) });
    console.log(
      `figure: disk full ${report.points} times: ${report.acknowledged} writes kept, ${report.refused} refused, ${report.streams} answers ended meanwhile`,
    );
    expect(report.faults).toEqual([]);
    expect(report.refused).toBeGreaterThanOrEqual(200);
  },
);
