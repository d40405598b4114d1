import type { Clock } from "../../../platform/clock.ts";
import type { Database } from "../../../platform/database/command.ts";
import type { OpenCalls } from "../../../platform/http/open-calls.ts";
import type { Serve } from "../../../platform/http/serve-endpoint.ts";
import { createApiKey, listApiKeys, revokeApiKey } from "../contract.ts";
import * as apiKeys from "./api-keys.ts";

export interface ApiKeyRoutesDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly openCalls: OpenCalls;
}

export function apiKeyRoutes(serve: Serve, dependencies: ApiKeyRoutesDependencies): void {
  serve(listApiKeys, ({ principal, query }) => apiKeys.listApiKeys(dependencies.db, principal, query));
  serve(createApiKey, ({ principal, body }) => apiKeys.createApiKey(dependencies, principal, body.name));
  serve(revokeApiKey, ({ principal, params }) => apiKeys.revokeApiKey(dependencies, principal, params.apiKeyId));
}
