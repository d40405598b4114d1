import { afterAll, expect, test } from "vitest";
import { makeLlamaContext } from "./llama-context.ts";
import { aContextPlan, openStarter } from "./open-starter.ts";
import { createThreadPool } from "./thread-pool.ts";

const starter = await openStarter();
afterAll(() => starter.model.free());

test("a context computes with the threads of a pool, also with fewer, and the pool goes after it", async () => {
  const threadPool = createThreadPool(starter.api, 2);
  expect(threadPool).not.toBeNull();
  const context = await makeLlamaContext(starter.api, starter.model, {
    plan: aContextPlan(),
    threads: 2,
    abort: null,
    threadPool,
  });
  for (const threads of [2, 1, 2]) {
    context?.setThreads(threads);
    context?.beginBatch();
    context?.add(0, 1, true);
    expect(await context?.decode()).toBe("ok");
  }
  context?.free();
  threadPool?.free();
});

test("a library without pools, or with another layout of their settings, computes without", () => {
  expect(createThreadPool({ ...starter.api, threadPoolFunctions: () => null }, 2)).toBeNull();
  const writesElsewhere = Object.assign((params: Buffer) => params.fill(1), starter.api.threadPoolParamsInit);
  expect(createThreadPool({ ...starter.api, threadPoolParamsInit: writesElsewhere }, 2)).toBeNull();
});
