// What the features and the commands stand on, alike where a server runs, where a command works without one, and in tests.
import type { RunBackupJob } from "../features/backups/server/backup-job.ts";
import { type Backups, createBackups } from "../features/backups/server/backups.ts";
import { createDownloads, type Downloads } from "../features/downloads/server/downloads.ts";
import { type Catalogue, createCatalogue } from "../features/downloads/server/catalogue.ts";
import { createPlaces, type ModelFiles, type Places } from "../features/models/server/places.ts";
import { createProviders, type Providers } from "../features/providers/server/providers.ts";
import { createGateway } from "../inference/gateway/gateway.ts";
import { joinCallers } from "../inference/gateway/join-callers.ts";
import type { ModelCaller } from "../inference/model-call.ts";
import type { Clock } from "../platform/clock.ts";
import type { ModelStore } from "../platform/config/model-stores.ts";
import { defaultModelHost } from "../platform/config/settings.ts";
import type { Database } from "../platform/database/command.ts";
import { createEgress } from "../platform/egress/egress.ts";
import type { OutgoingProxy } from "../platform/egress/outgoing-proxy.ts";
import type { Logger } from "../platform/logger.ts";
import type { Secrets } from "../platform/secrets/secrets.ts";

export interface FoundationParts {
  readonly db: Database;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly logger: Logger;
  readonly organisationId: string;
  /** The models of this machine. */
  readonly engine: ModelCaller;
  readonly files: ModelFiles;
  readonly modelStores: readonly ModelStore[];
  readonly dataFolder: string;
  /** The data folder's own folder of models. */
  readonly modelFolder: string;
  /** Where models are fetched from, and the file with the access token for it. */
  readonly modelHost: string;
  readonly modelTokenFile: string | undefined;
  readonly outgoingProxy: OutgoingProxy | null;
  readonly runBackupJob: RunBackupJob;
  readonly version: string;
}

export interface Foundation {
  /** Of this machine and of the services outside. */
  readonly caller: ModelCaller;
  readonly providers: Providers;
  readonly places: Places;
  readonly backups: Backups;
  readonly downloads: Downloads;
  /** What there is to fetch. */
  readonly catalogue: Catalogue;
}

export function createFoundation(parts: FoundationParts): Foundation {
  const egress = createEgress({ ...parts, proxy: parts.outgoingProxy });
  const providers = createProviders({ ...parts, egress });
  const caller = createGateway({ caller: joinCallers(parts.engine, providers.models) });
  return {
    caller,
    providers,
    places: createPlaces({ ...parts, caller, stores: parts.modelStores }),
    downloads: createDownloads({
      ...parts,
      egress,
      caller,
      isOwnHost: parts.modelHost !== defaultModelHost,
      tokenFile: parts.modelTokenFile,
    }),
    catalogue: createCatalogue({ ...parts, caller }),
    backups: createBackups({ ...parts, runJob: parts.runBackupJob }),
  };
}
