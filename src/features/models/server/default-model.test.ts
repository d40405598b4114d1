import { describe, expect, test } from "vitest";
import { createFakeModel } from "../../../../tests/support/fake-model.ts";
import type { ModelDescription } from "../../../inference/model-call.ts";
import { pickDefault } from "./default-model.ts";

const fits = { neededBytes: 1, freeBytes: 2, fits: true };
const tooLarge = { neededBytes: 2, freeBytes: 1, fits: false };

async function aModel(changes: Partial<ModelDescription>): Promise<ModelDescription> {
  return (await createFakeModel({ state: { status: "idle" }, ...changes }).listModels())[0]!;
}

async function idOf(models: readonly Promise<ModelDescription>[], wanted: string | null = null) {
  return pickDefault(await Promise.all(models), wanted).model?.id;
}

describe("without a choice the default model", () => {
  test("is the starter when nothing else is here", async () => {
    expect(await idOf([aModel({ id: "starter", isStarter: true })])).toBe("starter");
  });

  test("is what a person put here before the starter, and of several the largest that fits", async () => {
    const models = [
      aModel({ id: "starter", isStarter: true, memory: fits }),
      aModel({ id: "small", sizeBytes: 1, memory: fits }),
      aModel({ id: "middle", sizeBytes: 2, memory: fits }),
      aModel({ id: "huge", sizeBytes: 3, memory: tooLarge }),
    ];
    expect(await idOf(models)).toBe("middle");
  });

  test("stays when it is in memory, although it would not fit a second time", async () => {
    const loaded = aModel({ id: "loaded", memory: tooLarge, state: { status: "busy", running: 1, waiting: 0 } });
    expect(await idOf([loaded, aModel({ id: "starter", isStarter: true })])).toBe("loaded");
  });

  test("is never one that cannot be used; without any there is none", async () => {
    expect(await idOf([aModel({ state: { status: "unavailable", reason: "the file is damaged" } })])).toBeUndefined();
    expect(await idOf([])).toBeUndefined();
  });

  test("is never one outside the building, also where that is the only one", async () => {
    const remote = aModel({ id: "far/away", origin: { kind: "provider", name: "Far" }, place: null });
    expect(await idOf([remote])).toBeUndefined();
    expect(await idOf([remote, aModel({ id: "starter", isStarter: true })])).toBe("starter");
  });
});

describe("an admin's choice", () => {
  const starter = aModel({ id: "starter", isStarter: true });

  test("holds over the rule, also for a model outside and for one that has no room at the moment", async () => {
    const remote = aModel({ id: "far/away", origin: { kind: "provider", name: "Far" }, place: null });
    const huge = aModel({ id: "huge", memory: tooLarge });
    expect(await idOf([starter, aModel({ id: "other" })], "starter")).toBe("starter");
    expect(await idOf([starter, remote], "far/away")).toBe("far/away");
    expect(await idOf([starter, huge], "huge")).toBe("huge");
  });

  test.each([
    ["has gone", []],
    ["cannot be used", [aModel({ id: "wanted", state: { status: "unavailable", reason: "gone" } })]],
  ])("that %s is told, and the rule answers", async (_, others) => {
    const models = await Promise.all([starter, ...others]);
    expect(pickDefault(models, "wanted")).toMatchObject({ model: { id: "starter" }, missing: "wanted" });
  });
});
