// llama.cpp's C API as typed functions: opened once per process, every symbol and parameter layout checked before use.
import koffi, { type LibraryHandle } from "koffi";
import { AppError } from "../../platform/errors.ts";
import { findLibraryFiles } from "./find-llama-library.ts";
import {
  bindLlamaFunctions,
  bindThreadPoolFunctions,
  loadLlamaLibraries,
  type LlamaFunctions,
  type NativeFunction,
  type ThreadPoolFunctions,
} from "./llama-functions.ts";
import {
  type Batch,
  type ContextParams,
  findDifference,
  knownContextParams,
  knownModelParams,
  type ModelParams,
  type Pointer,
} from "./llama-structs.ts";
import { readProcessFacts } from "./process-report.ts";

export interface LlamaApi extends LlamaFunctions {
  /** Loads in a thread of its own; `onProgress` gets 0 to 1. Null if the library refuses the file. */
  loadModel(file: string, params: ModelParams, onProgress: (part: number) => void): Promise<Pointer>;
  /** Null if the library cannot make it. */
  makeContext(model: Pointer, params: ContextParams): Promise<Pointer>;
  /** Nobody may touch the context until the promise settles. */
  decodeAsync(context: Pointer, batch: Batch): Promise<number>;
  /** Warnings and errors of the library since the last call. */
  takeLog(): readonly string[];
  /** From now on native code drops the library's lines, so that no thread waits for JavaScript while it computes. */
  silenceLog(): void;
  /** Null where the CPU library has none. */
  threadPoolFunctions(): ThreadPoolFunctions | null;
  /** The build that the library chose for this CPU, such as "zen4". */
  readonly cpuVariant: string;
}

/** Levels of ggml_log_level that are kept as a reason. */
const keptLevels: readonly number[] = [3, 4];
const keptLogLines = 20;

/**
 * Loads the libraries of a folder and the CPU variant that fits this machine. Throws engine_unavailable if a library, a
 * symbol or a struct layout is not the known one.
 */
export function openLlama(folder: string): LlamaApi {
  const libraries = loadLlamaLibraries(findLibraryFiles(folder));
  const functions = bindLlamaFunctions(libraries);
  checkLayout("llama_model_params", functions.modelDefaultParams(), knownModelParams);
  checkLayout("llama_context_params", functions.contextDefaultParams(), knownContextParams);
  const log = keepLogTail(functions.logSet, libraries.llama);
  functions.loadBackends(folder);
  functions.backendInit();
  const cpuLibraryFile = findCpuLibrary();

  return {
    ...functions,
    async loadModel(file, params, onProgress) {
      const progress = registerProgress(onProgress);
      try {
        return await callAsync(functions.modelLoad, file, { ...params, progress_callback: progress });
      } finally {
        koffi.unregister(progress);
      }
    },
    makeContext: (model, params) => callAsync(functions.contextInit, model, params),
    decodeAsync: (context, batch) => callAsync(functions.decode, context, batch),
    takeLog: log.take,
    silenceLog: log.silence,
    threadPoolFunctions: () => bindThreadPoolFunctions(cpuLibraryFile),
    cpuVariant: cpuVariantOf(cpuLibraryFile),
  };
}

/** Native memory as bytes; valid until its owner frees it. */
export function viewMemory(pointer: Pointer, bytes: number): ArrayBuffer {
  return koffi.view(pointer, bytes);
}

export function readFloat(pointer: Pointer): number {
  return koffi.decode(pointer, "float") as number;
}

function checkLayout(name: string, actual: object, known: object): void {
  const difference = findDifference(actual, known);
  if (difference === null) return;
  throw new AppError("engine_unavailable", { problem: `the engine's library has another ${name}: ${difference}` });
}

function callAsync<Result>(call: NativeFunction<Result>, ...values: unknown[]): Promise<Result> {
  return new Promise((resolve, reject) => {
    call.async(...values, (error: unknown, result: Result) => {
      if (error) reject(error instanceof Error ? error : new Error("the native call failed", { cause: error }));
      else resolve(result);
    });
  });
}

function registerProgress(onProgress: (part: number) => void): bigint {
  const type = koffi.pointer(koffi.proto("bool", ["float", "void *"]));
  return koffi.register((part: number) => {
    onProgress(part);
    return true;
  }, type);
}

function keepLogTail(logSet: NativeFunction<void>, llama: LibraryHandle) {
  let lines: string[] = [];
  const type = koffi.pointer(koffi.proto("void", ["int", "str", "void *"]));
  const onLine = koffi.register((level: number, line: string) => {
    if (keptLevels.includes(level)) lines = [...lines, line.trim()].slice(-keptLogLines);
  }, type);
  logSet(onLine, null);
  return {
    take: () => {
      const taken = lines;
      lines = [];
      return taken;
    },
    silence: () => {
      // Any exported function without parameters serves as a sink: the calling convention lets it ignore the arguments.
      logSet(llama.symbol("llama_time_us", "void *"), null);
    },
  };
}

const cpuLibraryPattern = /ggml-cpu(?:-([\w.]+))?\.(?:so|dylib|dll)$/;

function findCpuLibrary(): string | null {
  return readProcessFacts().sharedObjects.find((file) => cpuLibraryPattern.test(file)) ?? null;
}

/** From its file name, or "native" where there is only one build. */
function cpuVariantOf(cpuLibraryFile: string | null): string {
  return cpuLibraryPattern.exec(cpuLibraryFile ?? "")?.[1] ?? "native";
}
