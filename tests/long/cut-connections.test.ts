import { expect, test } from "vitest";
import { checkCutConnections } from "../support/check-cut-connections.ts";

test("10,000 clients go away at any moment: no sequence and no place is lost, and memory does not grow", async () => {
  const { cut, refusals, earlyMb, lateMb, answered } = await checkCutConnections({
    count: 10_000,
    parallel: 16,
    seed: 1,
  });
  console.log(
    `figure: ${JSON.stringify(cut)}; ${earlyMb.toFixed(0)} MB after 1,000, ${lateMb.toFixed(0)} MB after all`,
  );
  expect(refusals).toEqual([]);
  expect(answered).toBe(8);
  // What nine thousand more leave behind, where one kilobyte each would be nine megabytes.
  expect(lateMb - earlyMb).toBeLessThan(40);
});
