// What admins see of the engines: who is answered and who waits, by name, and nothing of what they ask.
import { expect, test } from "vitest";
import type { EngineReport } from "../../src/features/engines/contract.ts";
import type { EngineCall } from "../../src/inference/local/engine-process-requests.ts";
import type { LoadedModel } from "../../src/inference/local/local-engine-options.ts";
import { buildTestApp } from "../support/build-test-app.ts";

const now = 1_790_000_000_000;

function aLoadedModel(calls: readonly EngineCall[]): LoadedModel {
  return {
    modelId: "fake",
    pid: 1,
    contexts: [
      {
        name: "wide",
        sequences: 8,
        tokensPerSequence: 2048,
        kvType: "f16",
        batchTokens: 256,
        residency: "always",
      },
    ],
    plannedBytes: 600_000_000,
    plannedParts: { weights: 1, kv: 1, compute: 1, overhead: 1 },
    calls,
    stats: {
      runningSequences: 1,
      waitingRequests: 2,
      steps: 10,
      promptTokens: 300,
      cachedTokens: 700,
      generatedTokens: 50,
      meanStepMs: 20,
      residentBytes: 550_000_000,
    },
    tokensPerSecond: 12.5,
  };
}

test("an admin sees who is answered and who waits, in order, with how far each is; a member sees nothing", async () => {
  let calls: EngineCall[] = [];
  let isLoaded = false;
  const loadedModels = () => (isLoaded ? [aLoadedModel(calls)] : []);
  await using server = await buildTestApp({ clock: () => now, loadedModels });
  const admin = await server.aUser({ role: "admin", name: "Anika" });
  const member = await server.aUser({ name: "Rahim" });
  const read = async () => (await admin.inject({ url: "/api/engines" })).json<{ items: EngineReport[] }>().items;
  expect(await read()).toEqual([]);

  isLoaded = true;
  const of = (userId: string, change: Partial<EngineCall> = {}): EngineCall => ({
    userId,
    lane: "interactive",
    askedAt: now - 5000,
    started: null,
    queue: null,
    ...change,
  });
  const started = { at: now - 3000, promptTokens: 100, cachedTokens: 80, answerTokens: 30 };
  calls = [
    of(member.user.id, { lane: "api" }),
    of(member.user.id, { queue: { position: 1, estimatedMs: 4000 } }),
    of(admin.user.id, { started }),
    of("01900000-0000-7000-8000-ffffffffffff", { started: { ...started, at: now - 9000 } }),
  ];
  const [report] = await read();
  expect(report).toEqual({
    modelId: "fake",
    modelName: "Fake 1B",
    running: [
      { person: null, by: "person", ms: 9000, promptTokens: 100, cachedTokens: 80, answerTokens: 30 },
      { person: "Anika", by: "person", ms: 3000, promptTokens: 100, cachedTokens: 80, answerTokens: 30 },
    ],
    waiting: [
      { person: "Rahim", by: "person", ms: 5000, position: 1, estimatedMs: 4000 },
      { person: "Rahim", by: "program", ms: 5000, position: null, estimatedMs: null },
    ],
    tokensPerSecond: 12.5,
    memory: {
      plannedBytes: 600_000_000,
      usedBytes: 550_000_000,
      contexts: [{ sequences: 8, tokens: 2048, isOnDemand: false }],
    },
    prompts: { computedTokens: 300, cachedTokens: 700 },
  });
  expect((await member.inject({ url: "/api/engines" })).statusCode).toBe(403);
});
