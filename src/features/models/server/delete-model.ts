import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { partOf, pathOfPart } from "../../../inference/local/model-file-parts.ts";
import type { ModelCaller } from "../../../inference/model-call.ts";
import { AppError } from "../../../platform/errors.ts";
import { findModel } from "./models.ts";
import type { ModelFiles } from "./places.ts";

/**
 * Frees the disk of a model in the server's own folder. What lies elsewhere is another's and only forgotten.
 * Throws model_not_found, model_not_deletable and model_in_use.
 */
export async function deleteModel(
  { caller, files }: { readonly caller: ModelCaller; readonly files: Pick<ModelFiles, "unload" | "lookAgain"> },
  name: string,
): Promise<void> {
  const { id, name: model, place, state } = await findModel(caller, name);
  if (place?.kind !== "models-folder") {
    throw new AppError("model_not_deletable", { model });
  }
  if (state.status === "busy" || state.status === "loading") {
    throw new AppError("model_in_use", { model });
  }
  await files.unload(id);
  const count = partOf(basename(place.path))?.count ?? 1;
  for (let number = 1; number <= count; number += 1) {
    await rm(count === 1 ? place.path : pathOfPart(place.path, number), { force: true });
  }
  files.lookAgain();
}
