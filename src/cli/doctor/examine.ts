// All checks, beside a running server and without one; each says what it found, and none stops the others.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pino } from "pino";
import { pickDefault } from "../../features/models/server/default-model.ts";
import { readMachineMemory } from "../../inference/local/memory-plan-machine.ts";
import { type Config, ownModelFolderOf } from "../../platform/config/config.ts";
import { type NetworkNote, readServerNote } from "../../platform/data-folder.ts";
import type { Egress } from "../../platform/egress/egress.ts";
import { openEngine } from "../../server/open-engine.ts";
import type { ProductFiles } from "../../server/start.ts";
import { type Control, openServerControl } from "../control.ts";
import { checkBackups, checkBackupsAside } from "./check-backups.ts";
import { checkClockByFiles, checkDataFolder, checkDisk } from "./check-data.ts";
import {
  checkMemory,
  checkOpenFiles,
  checkProcessor,
  checkVersions,
  type ModelMemory,
  readProcessor,
} from "./check-machine.ts";
import { checkCertificateFiles, checkPlainHttp, checkPort } from "./check-network.ts";
import { checkStream } from "./check-stream.ts";
import { type Finding, ok, warn } from "./finding.ts";

export interface ExamineParts {
  readonly config: Config;
  readonly files: ProductFiles;
  readonly egress: Egress;
  readonly now: () => number;
}

export async function examine(parts: ExamineParts): Promise<Finding[]> {
  const { config, files, now } = parts;
  const note = readServerNote(config.data);
  await using server = await openServerControl(config.data);
  const pid = server && note ? note.pid : null;
  const network = networkOf(config, server ? note?.network : undefined);
  const versions = { shobar: files.version, node: process.versions.node, sqlite: process.versions["sqlite"] ?? "0" };
  const model = await attempt(() => modelMemory(parts, server));
  const clock = checkClockByFiles(config.data, now());
  const openFiles = checkOpenFiles(limitsOf(pid));
  return [
    checkVersions(versions),
    checkProcessor(readProcessor()),
    checkMemory((await readMachineMemory()).freeBytes, model ?? null),
    ...(openFiles ? [openFiles] : []),
    checkDataFolder(config.data),
    ...(await checkDisk(config.data)),
    server && note
      ? ok("Server", `runs as process ${note.pid} at ${note.url}`)
      : await checkPort(config.host, config.port),
    ...checkPlainHttp(network),
    ...checkCertificateFiles(network, now()),
    ...(await reachFindings(parts, server ? (note?.url ?? null) : null, network)),
    ...(clock ? [clock] : []),
    server ? await backupFinding(server, now()) : await checkBackupsAside(config.data, now()),
  ];
}

async function backupFinding(server: Control, now: number): Promise<Finding> {
  const look = await attempt(() => server.perform("backups.read", {}));
  return look
    ? checkBackups(look, now)
    : warn("Backups", "the server does not say how they are", "See its log, and ask again: shobar backups list");
}

/** What the running server was told, but for what is said on this command's line. */
function networkOf(config: Config, note: NetworkNote | undefined): NetworkNote {
  const absolute = (file: string | undefined): string | undefined => file && resolve(file);
  const own = { ...config, tlsCert: absolute(config.tlsCert), tlsKey: absolute(config.tlsKey) };
  return note
    ? { ...note, publicUrl: config.publicUrl ?? note.publicUrl }
    : {
        host: own.host,
        publicUrl: own.publicUrl,
        tlsCert: own.tlsCert,
        tlsKey: own.tlsKey,
        trustedProxy: own.trustedProxy,
      };
}

/** Through the public URL where there is one; else at the server itself, but where a certificate is for another name. */
async function reachFindings(
  { egress, now }: ExamineParts,
  url: string | null,
  network: NetworkNote,
): Promise<Finding[]> {
  const { publicUrl, tlsCert } = network;
  if (publicUrl !== undefined) {
    const findings = await checkStream(egress, "Public URL", publicUrl, now);
    // The certificate's own files have said it already.
    return tlsCert === undefined
      ? findings
      : findings.filter(({ name, state }) => name !== "Certificate" || state !== "ok");
  }
  return url?.startsWith("http:")
    ? (await checkStream(egress, "Stream", url, now)).filter(({ name }) => name !== "Clock")
    : [];
}

/** The default model as the server sees it, or as the settings on the line make it. */
async function modelMemory({ config, files }: ExamineParts, server: Control | null): Promise<ModelMemory | null> {
  if (server) {
    const { items } = await server.perform("models.list", {});
    const model = items.find(({ isDefault }) => isDefault);
    return model?.memory ? { name: model.name, ...model.memory, isLoaded: isLoaded(model.state.status) } : null;
  }
  // What the engine remembers about files goes aside: looking leaves no trace, and none that is root's.
  const aside = await mkdtemp(join(tmpdir(), "shobar-doctor-"));
  const engine = openEngine({
    config: { ...config, data: aside, models: [ownModelFolderOf(config), ...config.models] },
    productFolder: files.productFolder,
    workerEntry: files.engineWorker,
    logger: pino({ level: "silent" }),
    places: async () => [],
  });
  try {
    const { model } = pickDefault(await engine.listModels(), null);
    return model?.memory ? { name: model.name, ...model.memory, isLoaded: false } : null;
  } finally {
    await engine.stop();
    await rm(aside, { recursive: true, force: true });
  }
}

const isLoaded = (status: string): boolean => status === "ready" || status === "busy";

/** Undefined where it cannot be told; the finding about it then says so by itself. */
async function attempt<Value>(act: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await act();
  } catch {
    return undefined;
  }
}

/** Of the server's process, else of this one, which has the same shell's. */
function limitsOf(pid: number | null): string | null {
  try {
    return readFileSync(`/proc/${pid ?? "self"}/limits`, "utf8");
  } catch {
    return null;
  }
}
