// Puts the parts together and starts the server. Whatever was opened is closed again in the opposite order, when it
// stops and when a start fails half-way.
import { existsSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import type { FastifyInstance } from "fastify";
import { createPlaces, readPlaces } from "../features/models/server/places.ts";
import { createBackupJobs } from "../features/backups/server/backup-job.ts";
import { createBackups } from "../features/backups/server/backups.ts";
import { createOwnerLink } from "../features/users/server/owner-link.ts";
import { createPasswords } from "../features/users/server/password.ts";
import { ensureOrganisation, ownerExists } from "../features/users/server/users.ts";
import { createGateway } from "../inference/gateway/gateway.ts";
import { joinCallers } from "../inference/gateway/join-callers.ts";
import { createProviders } from "../features/providers/server/providers.ts";
import { createEgress } from "../platform/egress/egress.ts";
import type { LocalEngine } from "../inference/local/local-engine-options.ts";
import type { Upgrade } from "../platform/backup/upgrade-data-folder.ts";
import { type Config, ownModelFolderOf } from "../platform/config/config.ts";
import { type DataFolder, type NetworkNote, openDataFolderOfServer } from "../platform/data-folder.ts";
import { measureFsyncMs, slowFsyncMs } from "../platform/disk-speed.ts";
import { AppError } from "../platform/errors.ts";
import { followTlsFiles, readTlsFiles, type TlsFiles } from "../platform/http/tls-files.ts";
import { createTlsServers } from "../platform/http/tls-server.ts";
import { type Logger, openLogger } from "../platform/logger.ts";
import { openSecrets } from "../platform/secrets/open-secrets.ts";
import { addressesOf } from "./addresses.ts";
import { buildApp } from "./app.ts";
import { isOwnHost } from "./check-origin.ts";
import { openControlServer } from "./control-server.ts";
import { createFeatures } from "./features.ts";
import { openDatabase } from "./open-database.ts";
import { networkWarnings } from "./network-warnings.ts";
import { openEngine } from "./open-engine.ts";
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
}

export interface RunningServer {
  /** As this machine opens it. */
  readonly url: string;
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
  const tlsFiles = tlsFilesOf(config);
  const credentials = tlsFiles && readTlsFiles(tlsFiles, Date.now());
  const tls = credentials && createTlsServers(credentials, (host) => isOwnHost(host, config));
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
  const organisationId = await ensureOrganisation({ db: database, clock: Date.now });
  const secrets = await openSecrets({ dataFolder: folder.folder, db: database, clock: Date.now });
  const engine = openEngine({
    config,
    productFolder: files.productFolder,
    workerEntry: files.engineWorker,
    logger,
    places: () => readPlaces(database, organisationId),
  });
  unfinished.defer(() => engine.stop());
  const egress = createEgress({ logger });
  const providers = createProviders({ db: database, secrets, egress, clock: Date.now, logger, organisationId });
  const caller = createGateway({ caller: joinCallers(engine, providers.models) });
  const { modelStores: stores } = config;
  const places = createPlaces({ db: database, clock: Date.now, caller, files: engine, stores });
  const ownerLink = createOwnerLink();
  const passwords = createPasswords();
  const backups = createBackups({
    db: database,
    clock: Date.now,
    secrets,
    logger,
    dataFolder: folder.folder,
    version: files.version,
    runJob: createBackupJobs(files.backupWorker),
  });
  const features = createFeatures({
    db: database,
    caller,
    loader: engine,
    places,
    providers,
    modelFolder: ownModelFolderOf(config),
    maxUploadBytes: config.maxUploadGb * 1_000_000_000,
    passwords,
    secrets,
    backups,
    ownerLink,
    clock: Date.now,
    logger,
    version: files.version,
  });
  await features.start();
  const readiness = createReadiness(database, engine);
  const app = await buildApp({
    version: files.version,
    logger,
    allowedHosts: config.allowedHosts,
    trustedProxies: config.trustedProxy,
    publicUrl: config.publicUrl,
    tls,
    webFolder: files.webFolder,
    credentials: features.credentials,
    readiness: readiness.check,
    routes: features.routes,
  });
  unfinished.defer(() => app.close());
  if (tls && tlsFiles) {
    const following = followTlsFiles(tlsFiles, { logger, onChange: tls.renew });
    unfinished.defer(() => following.stop());
  }
  const url = await listen(app, config);
  const { people } = features;
  const { openCalls } = features.credentials;
  const controlParts = {
    db: database,
    clock: Date.now,
    passwords,
    secrets,
    caller,
    places,
    organisationId,
    people,
    providers,
    backups,
    openCalls,
  };
  const control = await openControlServer(folder.folder, controlParts, logger);
  unfinished.defer(() => control.close());
  folder.announce({ url, controlSocket: control.address, network: networkNoteOf(config) });
  logger.info({ event: "server-started", version: files.version, url });
  const slowDiskMs = measureDisk(folder, logger);
  const warmingUp = warmUp({ db: database, caller, engine, organisationId, logger });
  const parts = unfinished.move();
  return {
    url,
    addresses: addressesOf(config, url),
    setupUrl: (await ownerExists(database)) ? null : `${config.publicUrl ?? url}/setup#token=${ownerLink.token}`,
    dataFolder: folder.folder,
    warnings: [
      ...folder.warnings,
      ...missingFolders(config),
      ...networkWarnings(config, credentials?.certificate, Date.now()),
    ],
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
      await parts.disposeAsync();
    },
  };
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

function tlsFilesOf({ tlsCert, tlsKey }: Config): TlsFiles | undefined {
  return tlsCert === undefined || tlsKey === undefined ? undefined : { certFile: tlsCert, keyFile: tlsKey };
}

async function listen(app: FastifyInstance, { host, port, tlsCert }: Config): Promise<string> {
  try {
    await app.listen({ host, port, listenTextResolver: () => "listening" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw code === "EADDRINUSE"
      ? new AppError("port_taken", { port }, { cause: error })
      : new AppError(
          "address_unavailable",
          { host, problem: addressProblems[code ?? ""] ?? message },
          { cause: error },
        );
  }
  const address = app.server.address() as AddressInfo;
  return `${tlsCert === undefined ? "http" : "https"}://${reachableName(host)}:${address.port}`;
}

const addressProblems: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: "it belongs to no network interface here",
  ENOTFOUND: "no such name is known",
  EAI_AGAIN: "the name cannot be looked up",
  EACCES: "ports below 1024 need more rights",
};

/** An address that stands for all interfaces is none that a browser can open. */
function reachableName(host: string): string {
  if (host === "0.0.0.0" || host === "::") {
    return "localhost";
  }
  return host.includes(":") ? `[${host}]` : host;
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
