import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Downloads } from "./downloads.ts";

export interface DownloadRoutesParts {
  readonly catalogue: Catalogue;
  readonly downloads: Downloads;
}

export function downloadRoutes(serve: Serve, { catalogue, downloads }: DownloadRoutesParts): void {
  serve(contract.listCatalogue, async ({ principal }) => ({ items: await catalogue.list(principal) }));
  serve(contract.listDownloads, ({ principal }) => downloads.list(principal));
  serve(contract.startDownload, ({ principal, body, signal }) => downloads.start(principal, body.source, signal));
  serve(contract.pauseDownload, ({ principal, params }) => downloads.pause(principal, params.downloadId));
  serve(contract.resumeDownload, ({ principal, params }) => downloads.resume(principal, params.downloadId));
  serve(contract.discardDownload, ({ principal, params }) => downloads.remove(principal, params.downloadId));
}
