// What the local engine needs from the outside and what it offers beyond ModelCaller. Kept apart from the engine itself
// so that the server, the CLI and tests can build on the shape alone.
import type { Logger } from "pino";
import type { Clock } from "../../platform/clock.ts";
import type { ModelCaller, ModelDescription, SavedStates } from "../model-call.ts";
import type { PromptTools } from "../prompt-tools.ts";
import type { MachineMemory, MemoryParts, PlannedModel } from "./memory-plan.ts";
import type { MeasuredAnswer } from "./measure-answer.ts";
import type { FileToInspect } from "./model-folder.ts";
import type { ModelPlace } from "./model-place.ts";
import type { EngineCall } from "./engine-process-requests.ts";
import type { ContextPlan, KvType, WorkerStats } from "./worker-protocol.ts";

export type EngineLogger = Pick<Logger, "debug" | "info" | "warn" | "error">;

export interface EngineSettings {
  /** Compute threads of one engine; the number of physical cores is a good value. */
  readonly threads: number;
  /** Answers generated at the same time. */
  readonly sequences: number;
  /** Room of each of them, prompt and answer together. */
  readonly contextTokens: number;
  readonly kvType: KvType;
  /** Upper bound for one model with everything it needs; null means what the machine has free. */
  readonly memoryLimitBytes: number | null;
  /** Longest wait between two tokens of a running answer that prompts beside it may cause. */
  readonly targetGapMs: number;
  /** Answers that one user has at a time while others wait; null: half of `sequences`. */
  readonly userSequences: number | null;
}

export const defaultEngineSettings: Omit<EngineSettings, "threads"> = {
  sequences: 8,
  contextTokens: 2048,
  kvType: "f16",
  memoryLimitBytes: null,
  targetGapMs: 270,
  userSequences: null,
};

export interface SavedStatesOptions {
  readonly folder: string;
  /** What they are sealed with and named by is derived from it. */
  readonly secret: Buffer;
  /** Null: as much of the disk as does no harm; 0: none, and what is there is not used. */
  readonly diskBytes: number | null;
}

export interface LocalEngineOptions {
  /** Where models lie, asked at each look; a folder that is not there is an empty one. */
  readonly places: () => Promise<readonly ModelPlace[]>;
  /** The product's own `models/` folder, or null when the starter model is not wanted. */
  readonly starterFolder: string | null;
  /** One small file in it remembers that the starter's checksum was verified. */
  readonly dataFolder: string;
  /** Path of the child's entry: `engine-worker.ts`, or `engine-worker.js` in the bundle. */
  readonly workerEntry: string;
  /** Folder with llama.cpp's libraries for this machine. Throws AppError("engine_unavailable"). */
  readonly findLibraryFolder: () => string;
  readonly settings: EngineSettings;
  /** Where computed prompts are kept beyond their sequences; nowhere when left out. */
  readonly savedStates?: SavedStatesOptions;
  readonly logger: EngineLogger;
  /** Told how fast an answer was made, where parts of it were computed with nothing beside them. */
  readonly onMeasured?: (measured: MeasuredAnswer) => void;
  readonly clock?: Clock;
  /** What the machine has free; tests bring their own machine. */
  readonly readMemory?: () => Promise<MachineMemory>;
}

export interface LoadedModel {
  readonly modelId: string;
  /** The child's process id, null while it is being restarted. */
  readonly pid: number | null;
  readonly contexts: readonly ContextPlan[];
  readonly plannedBytes: number;
  readonly plannedParts: MemoryParts;
  /** Those that are open, oldest first. */
  readonly calls: readonly EngineCall[];
  /** What it told of itself last, at most a second ago; null before it is ready and while it is down. */
  readonly stats: WorkerStats | null;
  /** Written in the last minute; null where that is not known. */
  readonly tokensPerSecond: number | null;
}

export interface LocalEngine extends ModelCaller, SavedStates, PromptTools {
  /**
   * Loads a model if it is not loaded and resolves once it is ready. Concurrent calls share one load.
   * Throws AppError: model_not_found, model_file_invalid, model_too_large, model_load_failed, engine_unavailable.
   */
  load(modelId: string): Promise<ModelDescription>;
  /** Frees the memory of a model and lets go of its file; calls that it is answering end with engine_stopping. */
  unload(modelId: string): Promise<void>;
  /** What a file would be as a model here. Throws model_file_invalid, model_file_missing and model_file_unreadable. */
  inspect(file: FileToInspect): Promise<ModelDescription>;
  /** What a model that is not here would take of this machine as it is now. */
  plan(model: PlannedModel): Promise<NonNullable<ModelDescription["memory"]>>;
  /** The next list is read anew, after the places have changed. */
  lookAgain(): void;
  /**
   * Computes on a core less, where there is more than one, until it is disposed of: for long work beside the answers. Threads that
   * wait for each other stand still for each one whose core somebody else takes.
   */
  lendCore(): Disposable;
  loadedModels(): readonly LoadedModel[];
  /** Ends every call with engine_stopping, then every child; resolves when they are gone. */
  stop(): Promise<void>;
}
