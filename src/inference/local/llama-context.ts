// One llama.cpp context: a batch in native memory, its decode, and the sequences of its KV cache. All that the C side
// would abort on (ids, gaps in positions, rows without logits, partial copies) is checked here first.
import type { LlamaApi } from "./llama-api.ts";
import { readFloat, viewMemory } from "./llama-api.ts";
import type { LlamaModel } from "./llama-model.ts";
import type { Pointer } from "./llama-structs.ts";
import { ggmlTypes } from "./llama-structs.ts";
import type { ThreadPool } from "./thread-pool.ts";
import type { ContextPlan } from "./worker-protocol.ts";

/** What llama_decode said: `no-room` and `invalid` left the cache as it was; after the others it has to be read back. */
export type DecodeResult = "ok" | "no-room" | "aborted" | "invalid" | "failed";

export interface LlamaContext {
  readonly sequences: number;
  readonly tokensPerSequence: number;
  readonly batchTokens: number;
  /** Empties the batch that the next `decode` computes. */
  beginBatch(): void;
  /** Appends a token to a sequence and returns its row. Throws RangeError if the C side would not survive it. */
  add(sequence: number, token: number, wantsLogits: boolean): number;
  /** Threads of the steps to come. */
  setThreads(threads: number): void;
  /** Computes the batch in another thread; nothing here may be called until it settles. */
  decode(): Promise<DecodeResult>;
  /** Next token of a row that wanted logits, or null if the model computed no usable numbers. */
  sample(sampler: Pointer, row: number): number | null;
  /** All numbers of a row that wanted logits, valid until the next decode; null if they are unusable. */
  logits(row: number): Float32Array | null;
  /** Tokens in the cache of a sequence. */
  length(sequence: number): number;
  /** Keeps the first tokens of a sequence; false if the cache cannot be cut there, and then it is empty. */
  keepStart(sequence: number, tokens: number): boolean;
  /** Makes `to` a copy of the first tokens of `from`; false as in keepStart. */
  copyStart(from: number, to: number, tokens: number): boolean;
  /** What readState of the sequence would take, in bytes. */
  stateBytes(sequence: number): number;
  /** All that the sequence holds, in memory of its own; null if the library refuses. */
  readState(sequence: number): Uint8Array<ArrayBuffer> | null;
  /**
   * Fills the sequence with what readState gave when it held so many tokens; false, and then it is empty, if it is not that.
   * The library believes most of what it gets: only bytes that are known to be unchanged may come here.
   */
  writeState(sequence: number, state: Uint8Array<ArrayBuffer>, tokens: number): boolean;
  free(): void;
}

export interface ContextSettings {
  readonly plan: ContextPlan;
  readonly threads: number;
  /** Native function and its argument that llama.cpp asks whether to stop; null where there is none. */
  readonly abort: { readonly callback: Pointer; readonly data: Pointer } | null;
  /** Threads to compute with; null lets the library start new ones for every step. */
  readonly threadPool: ThreadPool | null;
}

/** Null if the library cannot make it, in practice for lack of memory. */
export async function makeLlamaContext(
  api: LlamaApi,
  model: LlamaModel,
  { plan, threads, abort, threadPool }: ContextSettings,
): Promise<LlamaContext | null> {
  checkPlan(api, plan);
  const pointer = await api.makeContext(model.pointer, {
    ...api.contextDefaultParams(),
    n_ctx: plan.sequences * plan.tokensPerSequence,
    n_batch: plan.batchTokens,
    n_ubatch: plan.batchTokens,
    n_seq_max: plan.sequences,
    // One row of logits per sequence and step, not per token: with a large vocabulary that is most of the buffer.
    n_outputs_max: plan.sequences,
    n_threads: threads,
    n_threads_batch: threads,
    // A quantised cache needs flash attention; otherwise the library decides.
    flash_attn_type: plan.kvType === "q8_0" ? 1 : -1,
    type_k: ggmlTypes[plan.kvType],
    type_v: ggmlTypes[plan.kvType],
    abort_callback: abort?.callback ?? null,
    abort_callback_data: abort?.data ?? null,
    kv_unified: false,
  });
  if (pointer === null) return null;
  threadPool?.attach(pointer);
  return wrapContext(api, model, plan, pointer);
}

/** No state is that small; arrays that are may move while C has them. */
const leastStateBytes = 128;

function checkPlan(api: LlamaApi, plan: ContextPlan): void {
  const most = api.maxParallelSequences();
  if (plan.sequences < 1 || plan.sequences > most) throw new RangeError(`sequences must be 1 to ${most}`);
  if (plan.tokensPerSequence < 2) throw new RangeError("a sequence needs at least 2 tokens");
  if (plan.batchTokens < plan.sequences) throw new RangeError("every sequence needs a place in the batch");
}

function wrapContext(api: LlamaApi, model: LlamaModel, plan: ContextPlan, pointer: Pointer): LlamaContext {
  const memory = api.memory(pointer);
  const batch = makeBatch(api, plan.batchTokens);
  const lengths = new Int32Array(plan.sequences);
  // The library rounds the context up; what was planned is what may be used.
  const tokensPerSequence = Math.min(plan.tokensPerSequence, api.contextSequenceTokens(pointer));
  let decoding = false;

  const check = (sequence: number) => {
    if (decoding) throw new Error("the context is decoding");
    if (!Number.isInteger(sequence) || sequence < 0 || sequence >= plan.sequences) {
      throw new RangeError(`there is no sequence ${sequence}`);
    }
  };
  const usableLogits = (row: number): Pointer => {
    if (decoding || !batch.hasLogits(row)) throw new RangeError(`row ${row} has no logits`);
    const logits = api.logitsRow(pointer, row);
    // One wrong number comes from a wrong layer, and then all are: samplers abort on them.
    return logits === null || !Number.isFinite(readFloat(logits)) ? null : logits;
  };
  const readBack = (sequence: number) => {
    const last = api.sequenceLastPosition(memory, sequence);
    const first = api.sequenceFirstPosition(memory, sequence);
    lengths[sequence] = first === 0 ? last + 1 : 0;
  };
  const clear = (sequence: number) => {
    // Removing a whole sequence never fails.
    api.sequenceRemove(memory, sequence, -1, -1);
    lengths[sequence] = 0;
  };
  const keepStart = (sequence: number, tokens: number) => {
    check(sequence);
    const length = lengths[sequence] as number;
    if (tokens < 0 || tokens > length) throw new RangeError(`sequence ${sequence} has ${length} tokens, not ${tokens}`);
    const kept = tokens === length || (tokens > 0 && api.sequenceRemove(memory, sequence, tokens, -1));
    if (kept) readBack(sequence);
    // Caches with a sliding window or a recurrent state may lack the start or refuse the cut: any doubt is a miss.
    if (!kept || lengths[sequence] !== tokens) clear(sequence);
    return lengths[sequence] === tokens;
  };

  return {
    sequences: plan.sequences,
    tokensPerSequence,
    batchTokens: plan.batchTokens,
    beginBatch: () => batch.begin(),
    add(sequence, token, wantsLogits) {
      check(sequence);
      const position = lengths[sequence] as number;
      if (!(token >= 0 && token < model.vocabularySize)) throw new RangeError(`there is no token ${token}`);
      if (position >= tokensPerSequence) throw new RangeError(`sequence ${sequence} is full`);
      const row = batch.add(sequence, token, position, wantsLogits);
      lengths[sequence] = position + 1;
      return row;
    },
    setThreads(count) {
      if (decoding) throw new Error("the context is decoding");
      if (!(Number.isInteger(count) && count > 0)) throw new RangeError(`there cannot be ${count} threads`);
      api.contextSetThreads(pointer, count, count);
    },
    async decode() {
      if (decoding) throw new Error("the context is decoding already");
      decoding = true;
      try {
        return nameResult(await api.decodeAsync(pointer, batch.native));
      } finally {
        decoding = false;
      }
    },
    sample: (sampler, row) => (usableLogits(row) === null ? null : api.samplerSample(sampler, pointer, row)),
    logits(row) {
      const logits = usableLogits(row);
      return logits === null ? null : new Float32Array(viewMemory(logits, model.vocabularySize * 4));
    },
    length(sequence) {
      check(sequence);
      return lengths[sequence] as number;
    },
    keepStart,
    copyStart(from, to, tokens) {
      check(from);
      check(to);
      if (from === to) throw new RangeError("a sequence cannot be copied onto itself");
      clear(to);
      // With split KV only whole sequences may be copied; the tail is cut afterwards.
      api.sequenceCopy(memory, from, to, 0, -1);
      lengths[to] = lengths[from] as number;
      return keepStart(to, tokens);
    },
    stateBytes(sequence) {
      check(sequence);
      return api.stateBytes(pointer, sequence);
    },
    readState(sequence) {
      check(sequence);
      const state = new Uint8Array(Math.max(leastStateBytes, api.stateBytes(pointer, sequence)));
      return api.stateRead(pointer, state, state.length, sequence) === state.length ? state : null;
    },
    writeState(sequence, state, tokens) {
      check(sequence);
      clear(sequence);
      if (tokens < 1 || tokens > tokensPerSequence || state.length < leastStateBytes) return false;
      const isTaken = api.stateWrite(pointer, state, state.length, sequence) === state.length;
      if (isTaken) readBack(sequence);
      if (lengths[sequence] !== tokens) clear(sequence);
      return lengths[sequence] === tokens;
    },
    free() {
      if (decoding) throw new Error("the context is decoding");
      batch.free();
      api.contextFree(pointer);
    },
  };
}

function makeBatch(api: LlamaApi, capacity: number) {
  // Native memory, so that nothing moves while another thread reads it; seq_id is an array of pointers to one id each.
  const native = api.batchInit(capacity, 0, 1);
  const token = new Int32Array(viewMemory(native.token, capacity * 4));
  const position = new Int32Array(viewMemory(native.pos, capacity * 4));
  const sequenceCount = new Int32Array(viewMemory(native.n_seq_id, capacity * 4));
  const logits = new Int8Array(viewMemory(native.logits, capacity));
  const pointers = new BigUint64Array(viewMemory(native.seq_id, capacity * 8));
  const sequenceIds = Array.from(pointers, (pointer) => new Int32Array(viewMemory(pointer, 4)));
  return {
    native,
    begin: () => {
      native.n_tokens = 0;
    },
    add(sequence: number, tokenId: number, at: number, wantsLogits: boolean) {
      const row = native.n_tokens;
      if (row >= capacity) throw new RangeError("the batch is full");
      token[row] = tokenId;
      position[row] = at;
      sequenceCount[row] = 1;
      (sequenceIds[row] as Int32Array)[0] = sequence;
      logits[row] = wantsLogits ? 1 : 0;
      native.n_tokens = row + 1;
      return row;
    },
    hasLogits: (row: number) => row >= 0 && row < native.n_tokens && logits[row] === 1,
    free: () => api.batchFree(native),
  };
}

function nameResult(code: number): DecodeResult {
  if (code === 0) return "ok";
  if (code === 1) return "no-room";
  if (code === 2) return "aborted";
  return code === -1 ? "invalid" : "failed";
}
