import { rm } from "node:fs/promises";
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
  await rm(place.path, { force: true });
  files.lookAgain();
}
