import { describe, expect, test } from "vitest";
import { createFakeModel } from "../../../../tests/support/fake-model.ts";
import type { ModelDescription } from "../../../inference/model-call.ts";
import { chooseDefaultModel, findModel, listModels, loadModel } from "./models.ts";

const fits = { neededBytes: 1, freeBytes: 2, fits: true };
const tooLarge = { neededBytes: 2, freeBytes: 1, fits: false };

async function aModel(changes: Partial<ModelDescription>): Promise<ModelDescription> {
  return (await createFakeModel({ state: { status: "idle" }, ...changes }).listModels())[0]!;
}

describe("the default model", () => {
  test("is the starter when nothing else is here", async () => {
    const starter = await aModel({ id: "starter", isStarter: true });
    expect(chooseDefaultModel([starter])?.id).toBe("starter");
  });

  test("is what a person put here before the starter, and of several the largest that fits", async () => {
    const models = [
      await aModel({ id: "starter", isStarter: true, memory: fits }),
      await aModel({ id: "small", sizeBytes: 1, memory: fits }),
      await aModel({ id: "middle", sizeBytes: 2, memory: fits }),
      await aModel({ id: "huge", sizeBytes: 3, memory: tooLarge }),
    ];
    expect(chooseDefaultModel(models)?.id).toBe("middle");
  });

  test("stays when it is in memory, although it would not fit a second time", async () => {
    const loaded = await aModel({ id: "loaded", memory: tooLarge, state: { status: "busy", running: 1, waiting: 0 } });
    expect(chooseDefaultModel([loaded, await aModel({ id: "starter", isStarter: true })])?.id).toBe("loaded");
  });

  test("is never one outside the organisation, also where there is no other", async () => {
    const outside = await aModel({ id: "deepseek/chat", origin: { kind: "provider", name: "DeepSeek" }, memory: null });
    expect(chooseDefaultModel([outside])).toBeUndefined();
    expect(chooseDefaultModel([outside, await aModel({ id: "starter", isStarter: true })])?.id).toBe("starter");
  });

  test("is never one that cannot be used; without any there is none", async () => {
    const broken = await aModel({ state: { status: "unavailable", reason: "the file is damaged" } });
    expect(chooseDefaultModel([broken])).toBeUndefined();
    expect(chooseDefaultModel([])).toBeUndefined();
  });
});

describe("finding a model", () => {
  test("takes its id, also with the tag that clients of other servers write", async () => {
    const caller = createFakeModel({ id: "a" });
    expect((await findModel(caller, "a")).id).toBe("a");
    expect((await findModel(caller, "a:latest")).id).toBe("a");
    await expect(findModel(caller, "a:7b")).rejects.toMatchObject({
      code: "model_not_found",
      details: { model: "a:7b" },
    });
  });

  test("prefers an id that really ends with the tag", async () => {
    const caller = createFakeModel({ id: "a:latest" });
    expect((await findModel(caller, "a:latest")).id).toBe("a:latest");
  });
});

test("the list says which is the default and where it runs", async () => {
  const [model] = await listModels(createFakeModel({ id: "a" }));
  expect(model).toMatchObject({ id: "a", isDefault: true, madeBy: "here" });
  const [remote] = await listModels(createFakeModel({ origin: { kind: "provider", name: "Example" } }));
  expect(remote!.madeBy).toBe("Example");
});

test("loading answers the model as it is afterwards, and refuses an unknown one before the engine hears of it", async () => {
  const caller = createFakeModel({ id: "a", state: { status: "idle" } });
  const asked: string[] = [];
  const loader = {
    load: async (id: string) => {
      asked.push(id);
      return aModel({ id, state: { status: "ready" } });
    },
  };
  expect(await loadModel(caller, loader, "a:latest")).toMatchObject({
    id: "a",
    isDefault: true,
    state: { status: "ready" },
  });
  await expect(loadModel(caller, loader, "b")).rejects.toMatchObject({ code: "model_not_found" });
  expect(asked).toEqual(["a"]);
});
