import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createTurns } from "./turns.ts";

describe("Taking turns", () => {
  test("never runs more at a time than allowed, runs all that were let in, and failures free their place", async () => {
    const tasks = fc.array(fc.boolean(), { maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(tasks, fc.integer({ min: 1, max: 4 }), async (fails, maxParallel) => {
        const turns = createTurns({ maxParallel, maxWaiting: 30, refuse: () => new Error("full") });
        let running = 0;
        let most = 0;
        const outcomes = await Promise.allSettled(
          fails.map((fail) =>
            turns.run(async () => {
              most = Math.max(most, ++running);
              await Promise.resolve();
              running -= 1;
              return fail ? Promise.reject(new Error("failed")) : "done";
            }),
          ),
        );
        expect(outcomes.map((outcome) => outcome.status === "rejected")).toEqual(fails);
        expect(most).toBe(Math.min(maxParallel, fails.length));
        expect(await turns.run(() => Promise.resolve("still open"))).toBe("still open");
      }),
      { numRuns: 50 },
    );
  });

  test("refuses what finds the queue full, and lets others in again afterwards", async () => {
    const turns = createTurns({ maxParallel: 1, maxWaiting: 1, refuse: () => new Error("full") });
    const first = Promise.withResolvers<void>();
    const running = turns.run(() => first.promise);
    const waiting = turns.run(() => Promise.resolve("waited"));
    await expect(turns.run(() => Promise.resolve("refused"))).rejects.toThrow("full");
    first.resolve();
    await running;
    expect(await waiting).toBe("waited");
    expect(await turns.run(() => Promise.resolve("in"))).toBe("in");
  });
});
