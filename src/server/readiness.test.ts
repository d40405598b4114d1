import { expect, test } from "vitest";
import { createFakeModel } from "../../tests/support/fake-model.ts";
import type { ModelState } from "../inference/model-call.ts";
import type { Database } from "../platform/database/command.ts";
import { createReadiness } from "./readiness.ts";

const answering: Database = { run: async () => true as never, close: async () => {} };
const silent: Database = { run: () => new Promise(() => {}), close: async () => {} };
const broken: Database = { run: () => Promise.reject(new Error("no disk")), close: async () => {} };

function aModel(...states: ModelState[]) {
  const { listModels } = createFakeModel();
  return {
    listModels: async () => {
      const [description] = await listModels();
      return states.map((state) => ({ ...description!, state }));
    },
  };
}

test.each<[ModelState[], string, string]>([
  [[], "degraded", "unavailable"],
  [[{ status: "idle" }], "ready", "idle"],
  [[{ status: "idle" }, { status: "loading", percent: 3 }], "ready", "loading"],
  [[{ status: "unavailable", reason: "x" }, { status: "ready" }], "ready", "ready"],
  [[{ status: "busy", running: 8, waiting: 2 }, { status: "idle" }], "ready", "busy"],
  [[{ status: "crashed", retryInMs: 1 }], "degraded", "crashed"],
])("with models %j the server is %s and its engine %s", async (states, status, engine) => {
  expect(await createReadiness(answering, aModel(...states)).check()).toEqual({ status, database: "ready", engine });
});

test.each([
  ["does not answer", silent],
  ["fails", broken],
])("a database that %s makes the server unavailable, within a second", async (_what, database) => {
  const readiness = await createReadiness(database, aModel({ status: "ready" })).check();
  expect(readiness).toEqual({ status: "unavailable", database: "unavailable", engine: "ready" });
});

test("an engine that does not answer does not keep the answer waiting", async () => {
  const readiness = await createReadiness(answering, { listModels: () => new Promise(() => {}) }).check();
  expect(readiness).toMatchObject({ database: "ready", engine: "unavailable" });
});

test("the models are looked at once for many questions in a row", async () => {
  let looks = 0;
  const { listModels } = aModel({ status: "ready" });
  const readiness = createReadiness(answering, { listModels: () => ((looks += 1), listModels()) });
  await Promise.all(Array.from({ length: 100 }, () => readiness.check()));
  expect(looks).toBe(1);
});

test("a server that stops says so", async () => {
  const readiness = createReadiness(answering, aModel({ status: "ready" }));
  readiness.stop();
  expect(await readiness.check()).toMatchObject({ status: "stopping" });
});
