// The functions of llama.h and ggml.h that the engine uses, with their C types. Data and binding only: what the C side
// asserts on is checked by the callers, llama-model.ts and llama-context.ts.
import koffi, { type KoffiFunc, type LibraryHandle, type TypeObject } from "koffi";
import { AppError } from "../../platform/errors.ts";
import type { LlamaLibraryFiles } from "./find-llama-library.ts";
import { type Batch, type ContextParams, defineStructs, type ModelParams, type Pointer } from "./llama-structs.ts";

export type NativeFunction<Result> = KoffiFunc<(...values: unknown[]) => Result>;
export type LlamaFunctions = ReturnType<typeof bindLlamaFunctions>;

type TypeSpec = string | TypeObject;

export interface LlamaLibraries {
  readonly ggmlBase: LibraryHandle;
  readonly ggml: LibraryHandle;
  readonly llama: LibraryHandle;
}

/** Throws engine_unavailable if one of them cannot be loaded. */
export function loadLlamaLibraries(files: LlamaLibraryFiles): LlamaLibraries {
  // Loaded first, so that the others find it wherever the folder lies.
  const ggmlBase = loadLibrary(files.ggmlBase);
  return { ggmlBase, ggml: loadLibrary(files.ggml), llama: loadLibrary(files.llama) };
}

/** Throws engine_unavailable with the names of all missing functions. */
export function bindLlamaFunctions(libraries: LlamaLibraries) {
  const missing: string[] = [];
  const bind = <Result>(library: LibraryHandle, name: string, result: TypeSpec, parameters: TypeSpec[]) => {
    try {
      return library.func(name, result, parameters) as unknown as NativeFunction<Result>;
    } catch {
      missing.push(name);
      // Never called: missing names are refused below.
      return null as unknown as NativeFunction<Result>;
    }
  };
  const llama = <Result>(name: string, result: TypeSpec, ...parameters: TypeSpec[]) =>
    bind<Result>(libraries.llama, `llama_${name}`, result, parameters);
  const { modelParams, contextParams, batch, samplerChainParams } = defineStructs();

  const functions = {
    loadBackends: bind<void>(libraries.ggml, "ggml_backend_load_all_from_path", "void", ["str"]),
    backendInit: llama<void>("backend_init", "void"),
    threadPoolParamsInit: bind<void>(libraries.ggmlBase, "ggml_threadpool_params_init", "void", ["void *", "int32_t"]),
    attachThreadPool: llama<void>("attach_threadpool", "void", "void *", "void *", "void *"),
    logSet: llama<void>("log_set", "void", "void *", "void *"),

    modelDefaultParams: llama<ModelParams>("model_default_params", modelParams),
    modelLoad: llama<Pointer>("model_load_from_file", "void *", "str", modelParams),
    modelFree: llama<void>("model_free", "void", "void *"),
    modelVocab: llama<Pointer>("model_get_vocab", "void *", "void *"),
    modelTrainedContext: llama<number>("model_n_ctx_train", "int32_t", "void *"),
    modelHasEncoder: llama<boolean>("model_has_encoder", "bool", "void *"),
    modelHasDecoder: llama<boolean>("model_has_decoder", "bool", "void *"),

    contextDefaultParams: llama<ContextParams>("context_default_params", contextParams),
    contextInit: llama<Pointer>("init_from_model", "void *", "void *", contextParams),
    contextFree: llama<void>("free", "void", "void *"),
    contextSequenceTokens: llama<number>("n_ctx_seq", "uint32_t", "void *"),
    contextSetThreads: llama<void>("set_n_threads", "void", "void *", "int32_t", "int32_t"),
    maxParallelSequences: llama<number>("max_parallel_sequences", "size_t"),

    memory: llama<Pointer>("get_memory", "void *", "void *"),
    sequenceRemove: llama<boolean>("memory_seq_rm", "bool", "void *", "int32_t", "int32_t", "int32_t"),
    sequenceCopy: llama<void>("memory_seq_cp", "void", "void *", "int32_t", "int32_t", "int32_t", "int32_t"),
    sequenceFirstPosition: llama<number>("memory_seq_pos_min", "int32_t", "void *", "int32_t"),
    sequenceLastPosition: llama<number>("memory_seq_pos_max", "int32_t", "void *", "int32_t"),

    stateBytes: llama<number>("state_seq_get_size", "size_t", "void *", "int32_t"),
    stateRead: llama<number>("state_seq_get_data", "size_t", "void *", "void *", "size_t", "int32_t"),
    stateWrite: llama<number>("state_seq_set_data", "size_t", "void *", "void *", "size_t", "int32_t"),

    batchInit: llama<Batch>("batch_init", batch, "int32_t", "int32_t", "int32_t"),
    batchFree: llama<void>("batch_free", "void", batch),
    decode: llama<number>("decode", "int32_t", "void *", batch),
    logitsRow: llama<Pointer>("get_logits_ith", "void *", "void *", "int32_t"),

    vocabTokens: llama<number>("vocab_n_tokens", "int32_t", "void *"),
    vocabText: llama<string | null>("vocab_get_text", "str", "void *", "int32_t"),
    vocabAttributes: llama<number>("vocab_get_attr", "int32_t", "void *", "int32_t"),
    vocabIsEndOfGeneration: llama<boolean>("vocab_is_eog", "bool", "void *", "int32_t"),
    vocabBeginToken: llama<number>("vocab_bos", "int32_t", "void *"),
    vocabAddsBegin: llama<boolean>("vocab_get_add_bos", "bool", "void *"),
    tokenize: llama<number>("tokenize", "int32_t", "void *", "void *", "int32_t", "void *", "int32_t", "bool", "bool"),
    tokenToPiece: llama<number>(
      "token_to_piece",
      "int32_t",
      "void *",
      "int32_t",
      "void *",
      "int32_t",
      "int32_t",
      "bool",
    ),
    detokenize: llama<number>(
      "detokenize",
      "int32_t",
      "void *",
      "void *",
      "int32_t",
      "void *",
      "int32_t",
      "bool",
      "bool",
    ),

    chainInit: llama<Pointer>("sampler_chain_init", "void *", samplerChainParams),
    chainAdd: llama<void>("sampler_chain_add", "void", "void *", "void *"),
    samplerFree: llama<void>("sampler_free", "void", "void *"),
    samplerAccept: llama<void>("sampler_accept", "void", "void *", "int32_t"),
    samplerSample: llama<number>("sampler_sample", "int32_t", "void *", "void *", "int32_t"),
    samplerApply: llama<void>("sampler_apply", "void", "void *", "void *"),
    samplerGrammar: llama<Pointer>("sampler_init_grammar", "void *", "void *", "str", "str"),
    samplerGreedy: llama<Pointer>("sampler_init_greedy", "void *"),
    samplerDistribution: llama<Pointer>("sampler_init_dist", "void *", "uint32_t"),
    samplerTopK: llama<Pointer>("sampler_init_top_k", "void *", "int32_t"),
    samplerTopP: llama<Pointer>("sampler_init_top_p", "void *", "float", "size_t"),
    samplerMinP: llama<Pointer>("sampler_init_min_p", "void *", "float", "size_t"),
    samplerTemperature: llama<Pointer>("sampler_init_temp", "void *", "float"),
    samplerPenalties: llama<Pointer>(
      "sampler_init_penalties",
      "void *",
      "int32_t",
      "int32_t",
      "float",
      "float",
      "float",
    ),
  };
  if (missing.length > 0) {
    throw new AppError("engine_unavailable", { problem: `the engine's library lacks ${missing.join(", ")}` });
  }
  return functions;
}

export interface ThreadPoolFunctions {
  readonly create: NativeFunction<Pointer>;
  readonly free: NativeFunction<void>;
}

/** They are in the CPU library, which ggml loads by itself once it knows the machine; null where that one has none. */
export function bindThreadPoolFunctions(cpuLibraryFile: string | null): ThreadPoolFunctions | null {
  if (cpuLibraryFile === null) return null;
  try {
    const library = koffi.load(cpuLibraryFile);
    return {
      create: library.func("ggml_threadpool_new", "void *", ["void *"]) as unknown as NativeFunction<Pointer>,
      free: library.func("ggml_threadpool_free", "void", ["void *"]) as unknown as NativeFunction<void>,
    };
  } catch {
    return null;
  }
}

function loadLibrary(file: string): LibraryHandle {
  try {
    return koffi.load(file);
  } catch (cause) {
    throw new AppError("engine_unavailable", { problem: `the library ${file} cannot be loaded` }, { cause });
  }
}
