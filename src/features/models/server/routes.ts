import type { ModelCaller } from "../../../inference/model-call.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import { listModels, loadModel, type ModelLoader } from "./models.ts";

export function modelRoutes(serve: Serve, { caller, loader }: { caller: ModelCaller; loader: ModelLoader }): void {
  serve(contract.listModels, async () => ({ items: await listModels(caller), nextCursor: null }));
  serve(contract.loadModel, ({ params }) => loadModel(caller, loader, params.modelId));
}
