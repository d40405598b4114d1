import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultEngineSettings, type EngineSettings } from "./local-engine-options.ts";
import { checkFits, type PlannedModel, planMemory, readableBytes } from "./memory-plan.ts";
import { readMachineMemory } from "./memory-plan-machine.ts";

const gigabyte = 1e9;
const settings: EngineSettings = { ...defaultEngineSettings, threads: 2 };
const starter: PlannedModel = {
  tensorBytes: 96_576_768,
  kvElementsPerToken: 11_520,
  trainedContextTokens: 8192,
  vocabularySize: 49_152,
  embeddingLength: 576,
};
/** In the shape of an 8B model at 4 bits. */
const large: PlannedModel = {
  tensorBytes: 4.9 * gigabyte,
  kvElementsPerToken: 32 * 8 * 256,
  trainedContextTokens: 131_072,
  vocabularySize: 128_256,
  embeddingLength: 4096,
};

const wideOf = (model: PlannedModel, freeBytes: number, changes: Partial<EngineSettings> = {}) =>
  planMemory(model, { freeBytes }, { ...settings, ...changes }).contexts[0];

describe("where there is room", () => {
  test("eight conversations side by side are always there, and one long one comes on demand", () => {
    const plan = planMemory(starter, { freeBytes: 8 * gigabyte }, settings);
    expect(plan.contexts).toMatchObject([
      { name: "wide", sequences: 8, tokensPerSequence: 2048, kvType: "f16", residency: "always" },
      { name: "long", sequences: 1, tokensPerSequence: 8192, kvType: "f16", residency: "on-demand" },
    ]);
    expect(plan.parts.kv).toBe(8 * 2048 * 11_520 * 2);
    expect(plan.fits).toBe(true);
  });

  test("q8_0 keys and values take 17/32 of f16's memory", () => {
    const kv = (kvType: "f16" | "q8_0") =>
      planMemory(starter, { freeBytes: 8 * gigabyte }, { ...settings, kvType }).parts.kv;
    expect(kv("q8_0") / kv("f16")).toBeCloseTo(17 / 32);
  });

  test("the context is never longer than the model was trained for", () => {
    expect(wideOf({ ...starter, trainedContextTokens: 1024 }, gigabyte)?.tokensPerSequence).toBe(1024);
  });

  test("the long conversation takes at most half of what is left", () => {
    const plan = planMemory(large, { freeBytes: 9 * gigabyte }, settings);
    expect(plan.peakBytes).toBeLessThanOrEqual(9 * gigabyte);
    expect(plan.contexts[1]?.tokensPerSequence).toBeLessThan(32_768);
  });
});

describe("where memory is short", () => {
  test("keys and values shrink first, then the number of conversations, then their length", () => {
    const full = planMemory(starter, { freeBytes: 8 * gigabyte }, settings).neededBytes;
    expect(wideOf(starter, full - 1)).toMatchObject({ kvType: "q8_0", sequences: 8 });
    const small = planMemory(
      starter,
      { freeBytes: 8 * gigabyte },
      { ...settings, kvType: "q8_0", sequences: 1 },
    ).neededBytes;
    expect(wideOf(starter, small)).toMatchObject({ sequences: 1, tokensPerSequence: 2048 });
    expect(wideOf(starter, small - 1)).toMatchObject({ sequences: 1, tokensPerSequence: 1024 });
  });

  test("what does not fit at all is refused with both numbers", () => {
    const plan = planMemory(large, { freeBytes: 2 * gigabyte }, settings);
    expect(() => checkFits(plan)).toThrow(
      expect.objectContaining({
        code: "model_too_large",
        details: { needed: expect.stringMatching(/^5\.\d GB$/), free: "2.0 GB" },
      }),
    );
  });

  test("a limit of the admin's counts like missing memory", () => {
    expect(planMemory(starter, { freeBytes: 8 * gigabyte }, { ...settings, memoryLimitBytes: 1e8 }).fits).toBe(false);
  });

  test("whatever memory there is, a plan that claims to fit fits with its long conversation", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 64 * gigabyte, noNaN: true }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 512, max: 131_072 }),
        (freeBytes, sequences, contextTokens) => {
          const plan = planMemory(large, { freeBytes }, { ...settings, sequences, contextTokens });
          expect(!plan.fits || plan.peakBytes <= freeBytes).toBe(true);
          expect(plan.contexts[0]?.sequences).toBeLessThanOrEqual(sequences);
          expect(plan.contexts[0]?.tokensPerSequence).toBeLessThanOrEqual(contextTokens);
        },
      ),
    );
  });
});

describe("free memory", () => {
  const machineWith = async (files: Record<string, string>) =>
    (await readMachineMemory(async (path) => files[path] ?? null)).freeBytes;
  const meminfo = { "/proc/meminfo": "MemTotal: 9000 kB\nMemAvailable:    8000 kB\n" };

  test("it is what the kernel calls available", async () => {
    expect(await machineWith(meminfo)).toBe(8_192_000);
  });

  test("a container's limit counts, less what it uses, plus the file pages it could drop", async () => {
    const group = {
      "/sys/fs/cgroup/memory.max": "4000000\n",
      "/sys/fs/cgroup/memory.current": "1000000\n",
      "/sys/fs/cgroup/memory.stat": "anon 5\ninactive_file 200000\n",
    };
    expect(await machineWith({ ...meminfo, ...group })).toBe(3_200_000);
    expect(await machineWith({ ...meminfo, ...group, "/sys/fs/cgroup/memory.max": "max\n" })).toBe(8_192_000);
  });

  test("a service's own limit counts, too", async () => {
    const service = {
      "/proc/self/cgroup": "0::/system.slice/shobar.service\n",
      "/sys/fs/cgroup/system.slice/shobar.service/memory.max": "2000000",
      "/sys/fs/cgroup/system.slice/shobar.service/memory.current": "500000",
    };
    expect(await machineWith({ ...meminfo, ...service })).toBe(1_500_000);
  });

  test("control groups of version 1 count, and their huge number is no limit", async () => {
    const group = {
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "4000000",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": "1000000",
    };
    expect(await machineWith({ ...meminfo, ...group })).toBe(3_000_000);
    const unlimited = { ...group, "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712" };
    expect(await machineWith({ ...meminfo, ...unlimited })).toBe(8_192_000);
  });

  test("numbers are said as people say them", () => {
    expect([readableBytes(5.04e9), readableBytes(512e6)]).toEqual(["5.0 GB", "512 MB"]);
  });
});
