import type { Principal } from "../../../platform/http/principal.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import { listModels, loadModel, type ModelLoader, setDefaultModel, type Viewer } from "./models.ts";
import type { PlaceParts, Places } from "./places.ts";

export interface ModelRoutesParts extends Pick<PlaceParts, "db" | "clock" | "caller"> {
  readonly loader: ModelLoader;
  readonly places: Places;
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
}

function viewerOf({ organisationId, role }: Principal): Viewer {
  return { organisationId, seesPaths: role !== "member" };
}
