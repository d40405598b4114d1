import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import type { Catalogue } from "./catalogue.ts";

export interface DownloadRoutesParts {
  readonly catalogue: Catalogue;
}

export function downloadRoutes(serve: Serve, { catalogue }: DownloadRoutesParts): void {
  serve(contract.listCatalogue, async ({ principal }) => ({ items: await catalogue.list(principal) }));
}
