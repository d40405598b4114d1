import { expect, test } from "vitest";
import { sendMutatedBodies } from "../support/send-mutated-bodies.ts";
import { startApiServer } from "../support/start-api-server.ts";

test("10,000 damaged bodies are each answered or refused in the API's form, and the server lives", async () => {
  await using server = await startApiServer();
  const { answered, refused, faults } = await sendMutatedBodies(server, { seed: Date.now(), count: 10_000 });
  expect(faults).toEqual([]);
  expect(answered + refused).toBe(10_000);
});
