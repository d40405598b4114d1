import { availableParallelism, cpus } from "node:os";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  EngineLogger,
  LocalEngine,
  LocalEngineOptions,
  SavedStatesOptions,
} from "../inference/local/local-engine-options.ts";
import type { FolderPlace, ModelPlace } from "../inference/local/model-place.ts";
import { type Config, ownModelFolderOf } from "../platform/config/config.ts";
import { createLazyEngine } from "./lazy-engine.ts";

export interface EngineParts {
  readonly config: Config;
  readonly productFolder: string;
  /** The engine child's program. */
  readonly workerEntry: URL;
  readonly logger: EngineLogger;
  /** What people have named beside the folders of the configuration, asked at each look. */
  readonly places: () => Promise<readonly ModelPlace[]>;
  /** What saved states are sealed with; nothing is saved without it. */
  readonly savedStatesKey?: Buffer;
  readonly onMeasured?: NonNullable<LocalEngineOptions["onMeasured"]>;
}

/** What decides how fast the engine is here. */
export function machineOf(config: Config): string {
  return `${cpus()[0]?.model ?? "unknown"}, ${threadsOf(config)} threads`;
}

function threadsOf(config: Config): number {
  return config.threads ?? physicalCores();
}

export function openEngine(parts: EngineParts): LocalEngine {
  const { config, productFolder, workerEntry, logger, places, savedStatesKey, onMeasured } = parts;
  const configured = configuredPlaces(config);
  return createLazyEngine(async () => {
    const [{ createLocalEngine }, { findLlamaLibrary }] = await Promise.all([
      import("../inference/local/local-engine.ts"),
      import("../inference/local/find-llama-library.ts"),
    ]);
    return createLocalEngine({
      places: async () => [...configured, ...(await places())],
      starterFolder: config.starter ? join(productFolder, "models") : null,
      dataFolder: config.data,
      workerEntry: fileURLToPath(workerEntry),
      findLibraryFolder: () => findLlamaLibrary(),
      settings: {
        threads: threadsOf(config),
        sequences: config.sequences,
        contextTokens: config.contextTokens,
        kvType: config.kvType,
        targetGapMs: config.targetGapMs,
        userSequences: config.userSequences ?? null,
        memoryLimitBytes: config.memoryLimitMb === undefined ? null : config.memoryLimitMb * 1024 * 1024,
      },
      logger,
      ...(savedStatesKey ? { savedStates: savedStatesOf(config, savedStatesKey) } : {}),
      ...(onMeasured ? { onMeasured } : {}),
    });
  });
}

function savedStatesOf({ data, cacheDiskMb }: Config, secret: Buffer): SavedStatesOptions {
  const diskBytes = cacheDiskMb === undefined ? null : cacheDiskMb * 1024 * 1024;
  return { folder: join(data, "prefix-cache"), secret, diskBytes };
}

function configuredPlaces(config: Config): readonly FolderPlace[] {
  const named = config.models.map((folder) => ({ kind: "folder", path: resolve(folder), placeId: null }) as const);
  return [{ kind: "models-folder", path: ownModelFolderOf(config), placeId: null }, ...named];
}

/** Two hardware threads of one core share its arithmetic units; using both makes a model slower. */
function physicalCores(): number {
  const available = availableParallelism();
  const sharing = "/sys/devices/system/cpu/smt/active";
  const isShared = existsSync(sharing) && readFileSync(sharing, "utf8").trim() === "1";
  return isShared && available > 2 ? Math.ceil(available / 2) : available;
}
