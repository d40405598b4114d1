import { AppError } from "../../../platform/errors.ts";
import type { Principal } from "../../../platform/http/principal.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import * as uploadsContract from "../uploads-contract.ts";
import { deleteModel } from "./delete-model.ts";
import { listModels, loadModel, type ModelLoader, setDefaultModel, type Viewer } from "./models.ts";
import type { ModelFiles, PlaceParts, Places } from "./places.ts";
import type { Uploads } from "./uploads.ts";

export interface ModelRoutesParts extends Pick<PlaceParts, "db" | "clock" | "caller"> {
  readonly loader: ModelLoader & ModelFiles;
  readonly places: Places;
  readonly uploads: Uploads;
  /** The data folder's own folder of models: what is put there is used. */
  readonly modelFolder: string;
}

export function modelRoutes(serve: Serve, parts: ModelRoutesParts): void {
  const { places } = parts;
  serve(contract.listModels, async ({ principal }) => ({
    ...(await listModels(parts, viewerOf(principal))),
    nextCursor: null,
  }));
  serve(contract.loadModel, ({ principal, params }) => loadModel(parts, viewerOf(principal), params.modelId));
  serve(contract.chooseDefaultModel, ({ principal, body }) =>
    setDefaultModel(parts, principal.organisationId, body.modelId),
  );
  serve(contract.findModels, async ({ principal }) => ({
    ...(await places.find(principal)),
    modelFolder: parts.modelFolder,
  }));
  serve(contract.addModelPlace, async ({ principal, body }) => {
    const ids = await places.add(principal, body.path);
    const { items } = await listModels(parts, viewerOf(principal));
    return { items: items.filter(({ id }) => ids.includes(id)) };
  });
  serve(contract.removeModelPlace, ({ principal, params }) => places.remove(principal, params.placeId));
  serve(contract.restoreModelPlace, ({ principal, params }) => places.restore(principal, params.placeId));
  serve(contract.deleteModel, ({ params }) => deleteModel({ ...parts, files: parts.loader }, params.modelId));
  uploadRoutes(serve, parts);
}

function uploadRoutes(serve: Serve, parts: ModelRoutesParts): void {
  const { uploads } = parts;
  serve(uploadsContract.listUploads, ({ principal }) => uploads.list(principal));
  serve(uploadsContract.startUpload, ({ principal, body }) => uploads.start(principal, body));
  serve(uploadsContract.sendUploadPiece, ({ principal, params, query, bytes }) =>
    uploads.add(principal, params.uploadId, query.offset, bytes),
  );
  serve(uploadsContract.finishUpload, async ({ principal, params }) => {
    const { modelId, fileName, sha256 } = await uploads.finish(principal, params.uploadId);
    const { items } = await listModels(parts, viewerOf(principal));
    const model = items.find(({ id }) => id === modelId);
    if (!model) {
      throw new AppError("model_not_found", { model: modelId });
    }
    return { model, fileName, sha256 };
  });
  serve(uploadsContract.discardUpload, ({ principal, params }) => uploads.discard(principal, params.uploadId));
}

function viewerOf({ organisationId, role }: Principal): Viewer {
  return { organisationId, seesPaths: role !== "member" };
}
