// The features with what they need of each other; where the parts of the product meet, in the server and in tests.
import { createApiKeyAuthentication } from "../features/api-keys/server/api-keys.ts";
import { apiKeyRoutes } from "../features/api-keys/server/routes.ts";
import type { ModelLoader } from "../features/models/server/models.ts";
import { modelRoutes } from "../features/models/server/routes.ts";
import { openAiApiRoutes } from "../features/openai-api/server/routes.ts";
import type { OwnerLink } from "../features/users/server/owner-link.ts";
import type { Passwords } from "../features/users/server/password.ts";
import { userRoutes } from "../features/users/server/routes.ts";
import { createSessions } from "../features/users/server/sessions.ts";
import type { ModelCaller } from "../inference/model-call.ts";
import type { Clock } from "../platform/clock.ts";
import type { Database } from "../platform/database/command.ts";
import type { Serve } from "../platform/http/serve-endpoint.ts";
import type { Logger } from "../platform/logger.ts";
import type { Credentials } from "./authenticate.ts";

export interface FeatureParts {
  readonly db: Database;
  readonly caller: ModelCaller;
  readonly loader: ModelLoader;
  readonly passwords: Passwords;
  readonly ownerLink: OwnerLink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
}

export interface Features {
  readonly credentials: Credentials;
  routes(serve: Serve): void;
}

export function createFeatures(parts: FeatureParts): Features {
  const { db, clock, logger } = parts;
  const onTouchFailure = (error: unknown): void => logger.warn({ event: "last-use-not-written", err: error });
  const sessions = createSessions({ db, clock, onTouchFailure });
  const apiKeys = createApiKeyAuthentication({ db, clock, onTouchFailure });
  return {
    credentials: { authenticateSession: sessions.authenticate, authenticateApiKey: apiKeys.authenticate },
    routes(serve) {
      userRoutes(serve, { ...parts, sessions });
      apiKeyRoutes(serve, parts);
      modelRoutes(serve, parts);
      openAiApiRoutes(serve, parts);
    },
  };
}
