// llama.cpp's C API as typed functions. Every symbol and the parameter layouts are checked before anything is called;
// what the C side asserts on (ids, positions, rows) is checked by the callers, llama-model.ts and llama-context.ts.
import koffi, { type KoffiFunc, type LibraryHandle, type TypeObject } from "koffi";
import { AppError } from "../../platform/errors.ts";
import { findLibraryFiles } from "./find-llama-library.ts";
import { readProcessFacts } from "./process-report.ts";
import {
  type Batch,
  type ContextParams,
  defineStructs,
  findDifference,
  knownContextParams,
  knownModelParams,
  type ModelParams,
  type Pointer,
} from "./llama-structs.ts";

export type LlamaApi = ReturnType<typeof openLlama>;

type TypeSpec = string | TypeObject;
type NativeFunction = KoffiFunc<(...values: any[]) => any>;

/** Levels of ggml_log_level from which a line is kept as a reason: warnings (3) and errors (4). */
const warningLevel = 3;
const keptLogLines = 20;

/**
 * Loads the libraries of a folder, the CPU variant that fits this machine, and binds every function. Throws
 * engine_unavailable if a library, a symbol or a struct layout is not the known one. Call once per process.
 */
export function openLlama(folder: string) {
  const files = findLibraryFiles(folder);
  const libraries = {
    // Loaded first, so that the others find it wherever the folder lies.
    base: loadLibrary(files.ggmlBase),
    ggml: loadLibrary(files.ggml),
    llama: loadLibrary(files.llama),
  };
  const structs = defineStructs();
  const missing: string[] = [];
  const bind = (library: LibraryHandle, name: string, result: TypeSpec, parameters: TypeSpec[]) => {
    try {
      return library.func(name, result, parameters) as NativeFunction;
    } catch {
      missing.push(name);
      return null as unknown as NativeFunction;
    }
  };
  const llama = (name: string, result: TypeSpec, ...parameters: TypeSpec[]) =>
    bind(libraries.llama, `llama_${name}`, result, parameters);

  const native = {
    loadBackends: bind(libraries.ggml, "ggml_backend_load_all_from_path", "void", ["str"]),
    backendInit: llama("backend_init", "void"),
    backendFree: llama("backend_free", "void"),
    logSet: llama("log_set", "void", "void *", "void *"),
    modelDefaultParams: llama("model_default_params", structs.modelParams),
    contextDefaultParams: llama("context_default_params", structs.contextParams),
    modelLoad: llama("model_load_from_file", "void *", "str", structs.modelParams),
    modelFree: llama("model_free", "void", "void *"),
    modelVocab: llama("model_get_vocab", "void *", "void *"),
    modelTrainedContext: llama("model_n_ctx_train", "int32_t", "void *"),
    modelHasEncoder: llama("model_has_encoder", "bool", "void *"),
    modelHasDecoder: llama("model_has_decoder", "bool", "void *"),
    contextInit: llama("init_from_model", "void *", "void *", structs.contextParams),
    contextFree: llama("free", "void", "void *"),
    contextSequenceTokens: llama("n_ctx_seq", "uint32_t", "void *"),
    contextBatch: llama("n_batch", "uint32_t", "void *"),
    contextMaxSequences: llama("n_seq_max", "uint32_t", "void *"),
    maxParallelSequences: llama("max_parallel_sequences", "size_t"),
    memory: llama("get_memory", "void *", "void *"),
    memoryClear: llama("memory_clear", "void", "void *", "bool"),
    sequenceRemove: llama("memory_seq_rm", "bool", "void *", "int32_t", "int32_t", "int32_t"),
    sequenceCopy: llama("memory_seq_cp", "void", "void *", "int32_t", "int32_t", "int32_t", "int32_t"),
    sequenceFirstPosition: llama("memory_seq_pos_min", "int32_t", "void *", "int32_t"),
    sequenceLastPosition: llama("memory_seq_pos_max", "int32_t", "void *", "int32_t"),
    batchInit: llama("batch_init", structs.batch, "int32_t", "int32_t", "int32_t"),
    batchFree: llama("batch_free", "void", structs.batch),
    decode: llama("decode", "int32_t", "void *", structs.batch),
    logitsRow: llama("get_logits_ith", "void *", "void *", "int32_t"),
    vocabTokens: llama("vocab_n_tokens", "int32_t", "void *"),
    vocabType: llama("vocab_type", "int32_t", "void *"),
    vocabText: llama("vocab_get_text", "str", "void *", "int32_t"),
    vocabAttributes: llama("vocab_get_attr", "int32_t", "void *", "int32_t"),
    vocabIsEndOfGeneration: llama("vocab_is_eog", "bool", "void *", "int32_t"),
    vocabBeginToken: llama("vocab_bos", "int32_t", "void *"),
    vocabAddsBegin: llama("vocab_get_add_bos", "bool", "void *"),
    tokenize: llama("tokenize", "int32_t", "void *", "void *", "int32_t", "void *", "int32_t", "bool", "bool"),
    tokenToPiece: llama("token_to_piece", "int32_t", "void *", "int32_t", "void *", "int32_t", "int32_t", "bool"),
    detokenize: llama("detokenize", "int32_t", "void *", "void *", "int32_t", "void *", "int32_t", "bool", "bool"),
    chainInit: llama("sampler_chain_init", "void *", structs.samplerChainParams),
    chainAdd: llama("sampler_chain_add", "void", "void *", "void *"),
    samplerFree: llama("sampler_free", "void", "void *"),
    samplerAccept: llama("sampler_accept", "void", "void *", "int32_t"),
    samplerSample: llama("sampler_sample", "int32_t", "void *", "void *", "int32_t"),
    samplerGreedy: llama("sampler_init_greedy", "void *"),
    samplerDistribution: llama("sampler_init_dist", "void *", "uint32_t"),
    samplerTopK: llama("sampler_init_top_k", "void *", "int32_t"),
    samplerTopP: llama("sampler_init_top_p", "void *", "float", "size_t"),
    samplerMinP: llama("sampler_init_min_p", "void *", "float", "size_t"),
    samplerTemperature: llama("sampler_init_temp", "void *", "float"),
    samplerPenalties: llama("sampler_init_penalties", "void *", "int32_t", "int32_t", "float", "float", "float"),
  };
  if (missing.length > 0) throw unavailable(`the library in ${folder} lacks ${missing.join(", ")}`);

  const modelDefaults = native.modelDefaultParams() as ModelParams;
  const contextDefaults = native.contextDefaultParams() as ContextParams;
  checkLayout("llama_model_params", modelDefaults, knownModelParams);
  checkLayout("llama_context_params", contextDefaults, knownContextParams);

  const log = keepLogTail(native.logSet, libraries.llama);
  native.loadBackends(folder);
  native.backendInit();

  return {
    ...native,
    modelDefaults: () => native.modelDefaultParams() as ModelParams,
    contextDefaults: () => native.contextDefaultParams() as ContextParams,
    /** Loads in a thread of its own; `onProgress` gets 0 to 1. Null if the library refuses the file. */
    loadModel: async (file: string, params: ModelParams, onProgress: (part: number) => void): Promise<Pointer> => {
      const progress = registerProgress(onProgress);
      try {
        return await callAsync<Pointer>(native.modelLoad, file, { ...params, progress_callback: progress });
      } finally {
        koffi.unregister(progress);
      }
    },
    makeContext: (model: Pointer, params: ContextParams) => callAsync<Pointer>(native.contextInit, model, params),
    /** Nobody may touch the context until the promise settles. */
    decodeAsync: (context: Pointer, batch: Batch) => callAsync<number>(native.decode, context, batch),
    makeBatch: (tokens: number) => native.batchInit(tokens, 0, 1) as Batch,
    /** Warnings and errors of the library since the last call. */
    takeLog: log.take,
    /** From now on the library's lines are dropped by native code: no thread waits for JavaScript while it computes. */
    silenceLog: log.silence,
    cpuVariant: readCpuVariant(),
  };
}

/** Native memory as bytes; valid until its owner frees it. */
export function viewMemory(pointer: Pointer, bytes: number): ArrayBuffer {
  return koffi.view(pointer, bytes);
}

function loadLibrary(file: string): LibraryHandle {
  try {
    return koffi.load(file);
  } catch (cause) {
    throw new AppError("engine_unavailable", { problem: `the library ${file} cannot be loaded` }, { cause });
  }
}

function checkLayout(name: string, actual: object, known: object): void {
  const difference = findDifference(actual, known);
  if (difference !== null) throw unavailable(`the library has another ${name}: ${difference}`);
}

function callAsync<Result>(call: NativeFunction, ...values: unknown[]): Promise<Result> {
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

function keepLogTail(logSet: NativeFunction, llama: LibraryHandle) {
  let lines: string[] = [];
  const type = koffi.pointer(koffi.proto("void", ["int", "str", "void *"]));
  const onLine = koffi.register((level: number, line: string) => {
    if (level === warningLevel || level === warningLevel + 1) lines = [...lines, line.trim()].slice(-keptLogLines);
  }, type);
  logSet(onLine, null);
  return {
    take: () => {
      const taken = lines;
      lines = [];
      return taken;
    },
    silence: () => {
      // Any exported function that takes nothing serves as a sink: the C calling convention lets it ignore its arguments.
      logSet(llama.symbol("llama_time_us", "void *"), null);
    },
  };
}

/** "zen4" from libggml-cpu-zen4.so among the loaded libraries; "native" where there is only one build. */
function readCpuVariant(): string {
  for (const file of readProcessFacts().sharedObjects) {
    const found = /ggml-cpu-([\w.]+)\.(?:so|dylib|dll)$/.exec(file);
    if (found) return found[1] as string;
  }
  return "native";
}

function unavailable(problem: string): AppError {
  return new AppError("engine_unavailable", { problem });
}
