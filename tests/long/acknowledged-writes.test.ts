import { expect, test } from "vitest";
import { traceWrites } from "../support/trace-writes.ts";

test.runIf(process.platform === "linux")(
  "1,000 acknowledged writes each follow a sync of the database's log",
  async () => {
    const { acknowledged, unsynced, syncs } = await traceWrites({ writes: 1_000 });
    console.log(`figure: ${acknowledged.length} acknowledged writes, ${syncs} syncs, ${unsynced.length} without one`);
    expect(acknowledged.length).toBeGreaterThanOrEqual(1_000);
    expect(unsynced).toEqual([]);
  },
);
