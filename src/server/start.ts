// Puts the parts together and starts the server. Whatever was opened is closed again in the opposite order, when it
// stops and when a start fails half-way.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readPlaces } from "../features/models/server/places.ts";
import { createSpeedLog } from "../features/models/server/speed-log.ts";
import { createBackupJobs } from "../features/backups/server/backup-job.ts";
import { createOwnerLink } from "../features/users/server/owner-link.ts";
import { createPasswords } from "../features/users/server/password.ts";
import { readOrganisationName } from "../features/users/server/organisation.ts";
import { ensureOrganisation, ownerExists } from "../features/users/server/users.ts";
import type { LocalEngine } from "../inference/local/local-engine-options.ts";
import type { Upgrade } from "../platform/backup/upgrade-data-folder.ts";
import { type Config, ownModelFolderOf } from "../platform/config/config.ts";
import { type DataFolder, type NetworkNote, openDataFolderOfServer } from "../platform/data-folder.ts";
import type { Database } from "../platform/database/command.ts";
import { measureFsyncMs, slowFsyncMs } from "../platform/disk-speed.ts";
import { type Logger, openLogger } from "../platform/logger.ts";
import { outgoingProxyOf } from "../platform/egress/outgoing-proxy.ts";
import { openSecrets } from "../platform/secrets/open-secrets.ts";
import { addressesOf } from "./addresses.ts";
import { buildApp } from "./app.ts";
import { openControlServer } from "./control-server.ts";
import { createFeatures } from "./features.ts";
import { createFoundation } from "./create-foundation.ts";
import { listen } from "./listen.ts";
import { openDatabase } from "./open-database.ts";
import { networkWarnings } from "./network-warnings.ts";
import { machineOf, openEngine } from "./open-engine.ts";
import { openTls } from "./open-tls.ts";
import { createReadiness } from "./readiness.ts";
import { type WarmUp, warmUp } from "./warm-up.ts";

/** Where the programs of this product are; they lie elsewhere in a bundle than in the sources. */
export interface ProductFiles {
  readonly productFolder: string;
  readonly webFolder: string;
  readonly databaseWorker: URL;
  readonly engineWorker: URL;
  readonly backupWorker: URL;
  readonly version: string;
  /** What is typed to run a command of this installation. */
  readonly program: string;
}

export interface RunningServer {
  /** As this machine opens it. */
  readonly url: string;
  /** Its name; empty while it has none. */
  readonly organisation: string;
  /** What other people open: the public URL, else this machine's addresses in its networks; none on loopback. */
  readonly addresses: readonly string[];
  /** Makes whoever opens it the owner; null once there is one. */
  readonly setupUrl: string | null;
  readonly dataFolder: string;
  readonly warnings: readonly string[];
  /** What this start changed about the database; null where nothing had to change. */
  readonly upgrade: Upgrade | null;
  readonly engine: LocalEngine;
  readonly logger: Logger;
  readonly warmUp: WarmUp;
  /** Milliseconds that each saved message waits for the disk, known soon after the start where that is slow; else null. */
  readonly slowDiskMs: Promise<number | null>;
  /** Resolves with what was wrong when a part that everything stands on has died. */
  readonly crashed: Promise<Error>;
  /** Ends what runs with an error that says so, keeps everything that arrived, and lets go of the data folder. */
  stop(): Promise<void>;
}

/** Throws AppErrors with exit codes: tls_unusable, the data folder's, the database's, port_taken, address_unavailable. */
export async function startServer(config: Config, files: ProductFiles): Promise<RunningServer> {
  await using unfinished = new AsyncDisposableStack();
  const tls = openTls(config);
  const folder = await openDataFolderOfServer(config.data);
  unfinished.defer(() => folder.release());
  const { logger, close: closeLog } = openLogger(config, folder.logFolder);
  unfinished.defer(closeLog);
  const { promise: crashed, resolve: onCrash } = Promise.withResolvers<Error>();
  const { database, upgrade } = await openDatabase({
    dataFolder: folder.folder,
    file: folder.databaseFile,
    workerEntry: files.databaseWorker,
    version: files.version,
    now: Date.now(),
    onCrash,
  });
  if (upgrade) {
    logger.info({ event: "database-upgraded", ...upgrade });
  }
  unfinished.defer(() => database.close());
  const data = await openParts(config, files, { db: database, dataFolder: folder.folder, logger });
  const { engine, features } = data;
  unfinished.defer(() => data.speeds.keep());
  unfinished.defer(() => engine.stop());
  await features.start();
  // For a start that fails from here on: what upkeep has begun would outlive it.
  unfinished.defer(() => features.stop());
  const readiness = createReadiness(database, engine);
  const app = await buildApp({
    version: files.version,
    logger,
    allowedHosts: config.allowedHosts,
    trustedProxies: config.trustedProxy,
    host: config.host,
    publicUrl: config.publicUrl,
    tls: tls?.servers,
    webFolder: files.webFolder,
    credentials: features.credentials,
    readiness: readiness.check,
    routes: features.routes,
  });
  unfinished.defer(() => app.close());
  const following = tls?.follow(logger);
  unfinished.defer(() => following?.stop());
  const url = await listen(app, config);
  const controlParts = {
    ...data,
    files: data.engine,
    people: features.people,
    openCalls: features.credentials.openCalls,
    lendCore: () => engine.lendCore(),
  };
  const control = await openControlServer(folder.folder, controlParts, logger);
  unfinished.defer(() => control.close());
  folder.announce({ url, controlSocket: control.address, network: networkNoteOf(config) });
  logger.info({ event: "server-started", version: files.version, url });
  const slowDiskMs = measureDisk(folder, logger);
  const warmingUp = warmUp(data);
  const { ownerLink } = data;
  const setupUrl = (await ownerExists(database)) ? null : `${config.publicUrl ?? url}/setup#token=${ownerLink.token}`;
  const organisation = await readOrganisationName(database, data.organisationId);
  const opened = unfinished.move();
  return {
    url,
    organisation,
    addresses: addressesOf(config, url),
    setupUrl,
    dataFolder: folder.folder,
    warnings: [...folder.warnings, ...missingFolders(config), ...networkWarnings(config, tls?.certificate, Date.now())],
    upgrade,
    engine,
    logger,
    warmUp: warmingUp,
    slowDiskMs,
    crashed,
    async stop() {
      logger.info({ event: "server-stopping" });
      readiness.stop();
      // While the app still listens, so that streams end with an event that says why instead of a cut connection.
      await features.stop();
      await engine.stop();
      await opened.disposeAsync();
    },
  };
}

interface Opened {
  readonly db: Database;
  readonly dataFolder: string;
  readonly logger: Logger;
}

/** What works on the data, before anybody is served; only the engine has to be stopped and the speeds kept. */
async function openParts(config: Config, files: ProductFiles, { db, dataFolder, logger }: Opened) {
  const clock = Date.now;
  const organisationId = await ensureOrganisation({ db, clock });
  const secrets = await openSecrets({ dataFolder, db, clock });
  const speeds = createSpeedLog({ db, clock, logger, organisationId, machine: machineOf(config) });
  const engine = openEngine({
    config,
    productFolder: files.productFolder,
    workerEntry: files.engineWorker,
    logger,
    savedStatesKey: secrets.keyFor("saved-states"),
    onMeasured: speeds.record,
    places: () => readPlaces(db, organisationId),
  });
  const { version, program, productFolder } = files;
  const common = {
    db,
    clock,
    logger,
    secrets,
    organisationId,
    engine,
    version,
    dataFolder,
    passwords: createPasswords(),
  };
  const foundation = createFoundation({
    ...common,
    files: engine,
    modelStores: config.modelStores,
    modelFolder: ownModelFolderOf(config),
    modelHost: config.modelHost,
    modelTokenFile: config.modelTokenFile,
    outgoingProxy: outgoingProxyOf(config.outgoingProxy, config.proxyExcept),
    runBackupJob: createBackupJobs(files.backupWorker, () => engine.lendCore()),
  });
  const ownerLink = createOwnerLink();
  const features = createFeatures({
    ...common,
    ...foundation,
    program,
    productFolder,
    loader: engine,
    promptTools: engine,
    modelFolder: ownModelFolderOf(config),
    maxUploadBytes: config.maxUploadGb * 1_000_000_000,
    ownerLink,
  });
  return { ...common, ...foundation, speeds, ownerLink, features };
}

/** Only those that somebody named: the data folder's own is made. */
function missingFolders({ models }: Config): string[] {
  return models
    .filter((folder) => !existsSync(folder))
    .map((folder) => `There is no models folder ${folder}. Models are looked for there again once it exists.`);
}

function networkNoteOf({ host, publicUrl, tlsCert, tlsKey, trustedProxy }: Config): NetworkNote {
  const absolute = (file: string | undefined): string | undefined => file && resolve(file);
  return { host, publicUrl, tlsCert: absolute(tlsCert), tlsKey: absolute(tlsKey), trustedProxy };
}

/** Measured while serving: a start does not wait for a slow disk, but whoever runs the server should know. */
async function measureDisk(folder: DataFolder, logger: Logger): Promise<number | null> {
  try {
    const ms = Math.round(await measureFsyncMs(folder.folder));
    const isSlow = ms > slowFsyncMs;
    logger[isSlow ? "warn" : "info"]({ event: "disk-measured", fsyncMs: ms });
    return isSlow ? ms : null;
  } catch (error) {
    logger.warn({ event: "disk-not-measured", err: error });
    return null;
  }
}
