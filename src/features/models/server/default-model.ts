// The model that answers when nobody chose one: an admin's choice; without one, or where it has gone, the rule.
import * as z from "zod/mini";
import type { ModelCaller, ModelDescription } from "../../../inference/model-call.ts";
import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import { readSetting, type Setting, writeSetting } from "../../settings/server/settings.ts";

export interface DefaultModel {
  readonly model: ModelDescription | undefined;
  /** What was chosen although it is not here or cannot be used; null where the choice holds or nobody chose. */
  readonly missing: string | null;
}

interface Parts {
  readonly db: Database;
  readonly caller: ModelCaller;
}

const chosenDefault: Setting<string | null> = {
  name: "models.default",
  schema: z.nullable(z.string().check(z.maxLength(200))),
  initial: null,
};

export async function getDefaultModel({ db, caller }: Parts, organisationId: string): Promise<DefaultModel> {
  const [models, wanted] = await Promise.all([caller.listModels(), readSetting(db, organisationId, chosenDefault)]);
  return pickDefault(models, wanted);
}

/** Null: nobody's choice, the rule decides. */
export async function writeDefaultModel(
  { db, clock }: Pick<Parts, "db"> & { readonly clock: Clock },
  organisationId: string,
  modelId: string | null,
): Promise<void> {
  await writeSetting({ db, clock }, organisationId, chosenDefault, modelId);
}

export function pickDefault(models: readonly ModelDescription[], wanted: string | null): DefaultModel {
  const chosen = models.find(({ id, state }) => id === wanted && state.status !== "unavailable");
  if (chosen !== undefined) return { model: chosen, missing: null };
  return { model: chooseByRule(models), missing: wanted };
}

/**
 * What a person put here comes before the starter, which is only for trying out; of several, the largest that fits into
 * memory. Never a model outside the building: only a person's choice makes a call leave.
 */
function chooseByRule(models: readonly ModelDescription[]): ModelDescription | undefined {
  const usable = models.filter(({ origin, state }) => origin.kind === "here" && state.status !== "unavailable");
  const candidates = usable.filter((model) => model.memory?.fits || isInMemory(model));
  return candidates.filter((model) => !model.isStarter).sort(largestFirst)[0] ?? candidates[0] ?? usable[0];
}

function largestFirst(a: ModelDescription, b: ModelDescription): number {
  return (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0) || a.id.localeCompare(b.id);
}

function isInMemory({ state }: ModelDescription): boolean {
  return state.status === "ready" || state.status === "busy";
}
