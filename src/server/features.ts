// The features with what they need of each other; where the parts of the product meet, in the server and in tests.
import { createApiKeyAuthentication } from "../features/api-keys/server/api-keys.ts";
import { apiKeyRoutes } from "../features/api-keys/server/routes.ts";
import { createChats, purgeChatsOfPerson } from "../features/chats/server/chats.ts";
import type { Backups } from "../features/backups/server/backups.ts";
import { backupRoutes } from "../features/backups/server/routes.ts";
import { chatRoutes } from "../features/chats/server/routes.ts";
import { createRuns, type Runs } from "../features/chats/server/runs.ts";
import type { Catalogue } from "../features/downloads/server/catalogue.ts";
import type { Downloads } from "../features/downloads/server/downloads.ts";
import { downloadRoutes } from "../features/downloads/server/routes.ts";
import type { ModelLoader } from "../features/models/server/models.ts";
import type { ModelFiles, Places } from "../features/models/server/places.ts";
import { createUploads } from "../features/models/server/uploads.ts";
import type { EnginesParts } from "../features/engines/server/engines.ts";
import { engineRoutes } from "../features/engines/server/routes.ts";
import { modelRoutes } from "../features/models/server/routes.ts";
import { openAiApiRoutes } from "../features/openai-api/server/routes.ts";
import { tokenRoutes } from "../features/openai-api/server/token-routes.ts";
import type { Providers } from "../features/providers/server/providers.ts";
import { providerRoutes } from "../features/providers/server/routes.ts";
import { upgradeRoutes } from "../features/upgrades/server/routes.ts";
import type { OwnerLink } from "../features/users/server/owner-link.ts";
import type { Passwords } from "../features/users/server/password.ts";
import { clearOldInvitations } from "../features/users/server/invitations.ts";
import { createPeople, type People } from "../features/users/server/people.ts";
import { peopleRoutes } from "../features/users/server/people-routes.ts";
import { clearExpiredResetLinks } from "../features/users/server/reset-links.ts";
import { userRoutes } from "../features/users/server/routes.ts";
import { createPasskeys } from "../features/users/server/passkeys.ts";
import { createSecondFactors } from "../features/users/server/second-factors.ts";
import { createSessions } from "../features/users/server/sessions.ts";
import { createSignInLimits } from "../features/users/server/sign-in-limits.ts";
import { signInRoutes } from "../features/users/server/sign-in-routes.ts";
import { createSignIn } from "../features/users/server/sign-in.ts";
import type { ModelCaller, SavedStates } from "../inference/model-call.ts";
import type { Clock } from "../platform/clock.ts";
import type { PromptTools } from "../inference/prompt-tools.ts";
import type { Database } from "../platform/database/command.ts";
import { createOpenCalls } from "../platform/http/open-calls.ts";
import type { Serve } from "../platform/http/serve-endpoint.ts";
import type { Logger } from "../platform/logger.ts";
import { newId } from "../platform/new-id.ts";
import type { Secrets } from "../platform/secrets/secrets.ts";
import { startUpkeep, type Upkeep, type UpkeepTask } from "../platform/upkeep.ts";
import type { Credentials } from "./authenticate.ts";

export interface FeatureParts {
  readonly db: Database;
  readonly caller: ModelCaller;
  readonly loader: ModelLoader & ModelFiles & SavedStates & EnginesParts["engine"];
  readonly promptTools: PromptTools;
  readonly places: Places;
  readonly providers: Providers;
  /** The data folder's own folder of models. */
  readonly modelFolder: string;
  /** Of one uploaded model file. */
  readonly maxUploadBytes: number;
  readonly passwords: Passwords;
  readonly secrets: Secrets;
  readonly backups: Backups;
  readonly downloads: Downloads;
  readonly catalogue: Catalogue;
  readonly ownerLink: OwnerLink;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly version: string;
  /** What is typed to run a command of this installation. */
  readonly program: string;
  readonly productFolder: string;
  readonly dataFolder: string;
}

export interface Features {
  readonly credentials: Credentials;
  readonly runs: Runs;
  readonly people: People;
  routes(serve: Serve): void;
  /** Before anyone is served: what an earlier process left open is marked. The data folder's lock proves that it is gone. */
  start(): Promise<void>;
  /** Ends the runs, with everything that arrived on disk. */
  stop(): Promise<void>;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

export function createFeatures(parts: FeatureParts): Features {
  const { db, clock, logger, caller: model } = parts;
  const onTouchFailure = (error: unknown): void => logger.warn({ event: "last-use-not-written", err: error });
  const openCalls = createOpenCalls();
  const sessions = createSessions({ db, clock, openCalls, onTouchFailure });
  const limits = createSignInLimits(clock);
  const secondFactors = createSecondFactors({ ...parts, limits });
  const signIn = createSignIn({ ...parts, sessions, limits, secondFactors });
  const passkeys = createPasskeys({ ...parts, sessions, limits });
  const apiKeys = createApiKeyAuthentication({ db, clock, onTouchFailure });
  const runs = createRuns({ database: db, model, clock, logger, nodeId: newId() });
  const chats = createChats({ database: db, runs, model, clock, states: parts.loader });
  const people = createPeople({
    ...parts,
    openCalls,
    things: {
      stop: runs.stopPerson,
      purge: (person) => purgeChatsOfPerson({ database: db, states: parts.loader }, person),
    },
  });
  const uploads = createUploads({
    modelFolder: parts.modelFolder,
    maxBytes: parts.maxUploadBytes,
    clock,
    caller: model,
    files: parts.loader,
    alsoPromised: parts.downloads.unfinished,
  });
  const upkeepTasks: readonly UpkeepTask[] = [
    { event: "abandoned-runs-interrupted", everyMs: minuteMs, run: () => runs.interruptAbandoned({ alone: false }) },
    { event: "deleted-chats-purged", everyMs: dayMs, run: chats.purgeDeleted },
    { event: "expired-sessions-cleared", everyMs: dayMs, run: sessions.clearExpired },
    { event: "removed-people-purged", everyMs: hourMs, run: people.purgeRemoved },
    { event: "old-invitations-cleared", everyMs: dayMs, run: () => clearOldInvitations(parts) },
    { event: "expired-reset-links-cleared", everyMs: dayMs, run: () => clearExpiredResetLinks(parts) },
    { event: "backups-made", everyMs: minuteMs, run: parts.backups.makeIfDue },
    { event: "abandoned-uploads-cleared", everyMs: dayMs, run: uploads.clearAbandoned },
    { event: "abandoned-downloads-cleared", everyMs: dayMs, run: parts.downloads.clearAbandoned },
  ];
  let upkeep: Upkeep | undefined;
  return {
    runs,
    people,
    credentials: { authenticateSession: sessions.authenticate, authenticateApiKey: apiKeys.authenticate, openCalls },
    routes(serve) {
      userRoutes(serve, { ...parts, sessions, signIn });
      signInRoutes(serve, { ...parts, sessions, openCalls, signIn, limits, secondFactors, passkeys });
      peopleRoutes(serve, { ...parts, sessions, openCalls, limits, secondFactors, people });
      apiKeyRoutes(serve, { ...parts, openCalls });
      chatRoutes(serve, { chats, runs });
      modelRoutes(serve, { ...parts, uploads });
      downloadRoutes(serve, parts);
      providerRoutes(serve, parts);
      engineRoutes(serve, { ...parts, engine: parts.loader });
      backupRoutes(serve, parts.backups);
      upgradeRoutes(serve, parts);
      openAiApiRoutes(serve, parts);
      tokenRoutes(serve, parts);
    },
    async start() {
      const interrupted = await runs.interruptAbandoned({ alone: true });
      if (interrupted > 0) {
        logger.info({ event: "abandoned-runs-interrupted", count: interrupted });
      }
      await parts.downloads.goOn();
      upkeep = startUpkeep(upkeepTasks, logger);
    },
    async stop() {
      upkeep?.stop();
      await parts.backups.stop();
      await parts.downloads.stop();
      await runs.stopAll();
    },
  };
}
