import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createFakeModel } from "../../../../tests/support/fake-model.ts";
import type { ModelDescription } from "../../../inference/model-call.ts";
import type { Database } from "../../../platform/database/command.ts";
import { openInlineDatabase } from "../../../platform/database/inline-database.ts";
import { migrate } from "../../../platform/database/migrate.ts";
import { ensureOrganisation } from "../../users/server/users.ts";
import { findModel, listModels, loadModel, setDefaultModel } from "./models.ts";

let db: Database;
let organisationId: string;
const clock = () => 1;

beforeEach(async () => {
  db = openInlineDatabase(":memory:");
  await db.run(migrate, { now: 1 });
  organisationId = await ensureOrganisation({ db, clock });
});
afterEach(() => db.close());

async function aModel(changes: Partial<ModelDescription>): Promise<ModelDescription> {
  return (await createFakeModel({ state: { status: "idle" }, ...changes }).listModels())[0]!;
}

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
  const viewer = { organisationId, seesPaths: true };
  const { items } = await listModels({ db, caller: createFakeModel({ id: "a" }) }, viewer);
  expect(items).toMatchObject([{ id: "a", isDefault: true, madeBy: "here" }]);
  const caller = createFakeModel({ origin: { kind: "provider", name: "Example" }, place: null });
  const remote = await listModels({ db, caller }, viewer);
  expect(remote.items).toMatchObject([{ madeBy: "Example", place: null, isDefault: false }]);
});

test("only those who run the server see where a file lies on its disk", async () => {
  const caller = createFakeModel({ place: { kind: "file", path: "/srv/a.gguf", placeId: "p" } });
  const placeFor = async (seesPaths: boolean) =>
    (await listModels({ db, caller }, { organisationId, seesPaths })).items[0]?.place;
  expect(await placeFor(true)).toEqual({ kind: "file", path: "/srv/a.gguf", placeId: "p" });
  expect(await placeFor(false)).toEqual({ kind: "file", path: null, placeId: null });
});

test("a chosen default that has gone is told, and the rule answers in its place", async () => {
  const viewer = { organisationId, seesPaths: true };
  await setDefaultModel({ db, clock, caller: createFakeModel({ id: "gone" }) }, organisationId, "gone");
  const listed = await listModels({ db, caller: createFakeModel({ id: "a" }) }, viewer);
  expect(listed).toMatchObject({ missingDefault: "gone", items: [{ id: "a", isDefault: true }] });
  await setDefaultModel({ db, clock, caller: createFakeModel({ id: "a" }) }, organisationId, null);
  expect((await listModels({ db, caller: createFakeModel({ id: "a" }) }, viewer)).missingDefault).toBeNull();
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
  const viewer = { organisationId, seesPaths: true };
  const loaded = await loadModel({ db, caller, loader }, viewer, "a:latest");
  expect(loaded).toMatchObject({ id: "a", isDefault: true, state: { status: "ready" } });
  await expect(loadModel({ db, caller, loader }, viewer, "b")).rejects.toMatchObject({ code: "model_not_found" });
  expect(asked).toEqual(["a"]);
});
