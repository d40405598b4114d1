// The data without a server: the folder's lock, the database in this thread, the engine only if it is asked for.
import { pino } from "pino";
import { purgeChatsOfPerson } from "../features/chats/server/chats.ts";
import { readPlaces } from "../features/models/server/places.ts";
import { createSpeedLog, type SpeedLog } from "../features/models/server/speed-log.ts";
import { createBackupJobs } from "../features/backups/server/backup-job.ts";
import { createPasswords } from "../features/users/server/password.ts";
import { createPeople } from "../features/users/server/people.ts";
import { ensureOrganisation } from "../features/users/server/users.ts";
import { type Config, ownModelFolderOf } from "../platform/config/config.ts";
import { upgradeDataFolder } from "../platform/backup/upgrade-data-folder.ts";
import { openDataFolder } from "../platform/data-folder.ts";
import { openInlineDatabase } from "../platform/database/inline-database.ts";
import { createOpenCalls } from "../platform/http/open-calls.ts";
import { outgoingProxyOf } from "../platform/egress/outgoing-proxy.ts";
import { openSecrets } from "../platform/secrets/open-secrets.ts";
import { controlActions, type ControlParts } from "../server/control-actions.ts";
import { createFoundation } from "../server/create-foundation.ts";
import { machineOf, openEngine } from "../server/open-engine.ts";
import type { ProductFiles } from "../server/start.ts";
import type { Control } from "./control.ts";

export async function openDirectControl(config: Config, files: ProductFiles): Promise<Control> {
  await using unfinished = new AsyncDisposableStack();
  const folder = openDataFolder(config.data, "command");
  unfinished.defer(() => folder.release());
  await upgradeDataFolder({
    dataFolder: folder.folder,
    databaseFile: folder.databaseFile,
    version: files.version,
    now: Date.now(),
  });
  const db = openInlineDatabase(folder.databaseFile);
  unfinished.defer(() => db.close());
  const organisationId = await ensureOrganisation({ db, clock: Date.now });
  const secrets = await openSecrets({ dataFolder: folder.folder, db, clock: Date.now });
  const logger = pino({ level: "silent" });
  // Made with the first answer: a command that makes none writes nothing.
  let speeds: SpeedLog | undefined;
  unfinished.defer(() => speeds?.keep());
  const speedLog = (): SpeedLog =>
    (speeds ??= createSpeedLog({ db, clock: Date.now, logger, organisationId, machine: machineOf(config) }));
  const engine = openEngine({
    config,
    productFolder: files.productFolder,
    workerEntry: files.engineWorker,
    logger,
    savedStatesKey: secrets.keyFor("saved-states"),
    onMeasured: (measured) => speedLog().record(measured),
    places: () => readPlaces(db, organisationId),
  });
  unfinished.defer(() => engine.stop());
  const accounts = { db, clock: Date.now, passwords: createPasswords(), openCalls: createOpenCalls() };
  const parts: ControlParts = {
    ...accounts,
    ...createFoundation({
      db,
      clock: Date.now,
      secrets,
      logger,
      organisationId,
      engine,
      files: engine,
      modelStores: config.modelStores,
      dataFolder: folder.folder,
      modelFolder: ownModelFolderOf(config),
      modelHost: config.modelHost,
      modelTokenFile: config.modelTokenFile,
      outgoingProxy: outgoingProxyOf(config.outgoingProxy, config.proxyExcept),
      runBackupJob: createBackupJobs(files.backupWorker, () => null),
      version: files.version,
    }),
    // No answer is being made where no server runs.
    people: createPeople({
      ...accounts,
      things: { stop: async () => {}, purge: (person) => purgeChatsOfPerson({ database: db, states: engine }, person) },
    }),
    secrets,
    organisationId,
    files: engine,
    lendCore: () => engine.lendCore(),
  };
  const opened = unfinished.move();
  return {
    perform(name, args, onEvent = () => {}, signal = new AbortController().signal) {
      const action = controlActions[name] as (parts: ControlParts, args: unknown, call: object) => Promise<never>;
      return action(parts, args, { emit: onEvent, signal });
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
