import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import * as contract from "../contract.ts";
import { type EnginesParts, listEngines } from "./engines.ts";

export function engineRoutes(serve: Serve, parts: EnginesParts): void {
  serve(contract.listEngines, async ({ principal }) => ({ items: await listEngines(parts, principal.organisationId) }));
}
