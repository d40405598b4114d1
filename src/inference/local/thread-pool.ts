// Compute threads that stay for a model's whole life. Without them the library starts new ones for every step, and the
// kernel often puts both on one core at first: measured on two cores, a prompt of 32 tokens then took 157 ms, not 87.
import type { LlamaApi } from "./llama-api.ts";
import type { Pointer } from "./llama-structs.ts";

export interface ThreadPool {
  attach(context: Pointer): void;
  /** Only after every context that it is attached to has gone. */
  free(): void;
}

/** struct ggml_threadpool_params of ggml.h: a core mask of 512 bytes, then the number of threads and a few settings. */
const coreMaskBytes = 512;
const paramsBytes = 528;
/**
 * How long a thread without work looks for some before it sleeps, in rounds of about 3 ms. The library's 50 keep a core busy between
 * steps, and one that should not compute now takes from those that do; with none at all the kernel wakes both threads on one core
 * now and then (one run of ten then took twice as long). With 2 a token takes as long as with 50.
 */
const pollRounds = 2;
const pollOffset = coreMaskBytes + 8;
const libraryPoll = 50;

/** Null where the CPU library has no pools or lays its parameters out in another way; everything works without one. */
export function createThreadPool(api: LlamaApi, threads: number): ThreadPool | null {
  const params = Buffer.alloc(paramsBytes * 2);
  api.threadPoolParamsInit(params, threads);
  const isKnownLayout =
    params.readInt32LE(coreMaskBytes) === threads && params.subarray(paramsBytes).every((byte) => byte === 0);
  if (params.readUInt32LE(pollOffset) === libraryPoll) params.writeUInt32LE(pollRounds, pollOffset);
  const functions = api.threadPoolFunctions();
  if (functions === null || !isKnownLayout) return null;
  const pool = functions.create(params);
  if (pool === null) return null;
  return {
    attach: (context) => api.attachThreadPool(context, pool, pool),
    free: () => functions.free(pool),
  };
}
