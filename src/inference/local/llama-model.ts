// A loaded model: its weights, vocabulary and tokenizer. Tokenizing touches no context, so it may run while one decodes.
import { because } from "../../contract/reasons.ts";
import { AppError, type ErrorDetails } from "../../platform/errors.ts";
import type { LlamaApi } from "./llama-api.ts";
import type { Pointer } from "./llama-structs.ts";
import { findSpecialTokens, type PromptRun, type SpecialToken, splitPrompt } from "./split-prompt.ts";
import { readTokenBytes, type TokenBytes } from "./token-bytes.ts";
import type { PromptPart } from "./worker-protocol.ts";

export interface LlamaModel {
  readonly pointer: Pointer;
  readonly vocabularySize: number;
  readonly trainedContextTokens: number;
  /** `addBegin`, unless it says no: the token that begins a text comes first, where the model has one. */
  tokenize(prompt: readonly PromptPart[], options?: { readonly addBegin?: boolean }): Int32Array;
  /** Text of tokens, special ones included. Throws invalid_request for an id outside the vocabulary. */
  detokenize(tokens: readonly number[]): string;
  /** Bytes of one token as generated text: empty for control tokens, possibly a part of a character. */
  piece(token: number): Uint8Array;
  /** The same, but a control token's is its name. */
  namedPiece(token: number): Uint8Array;
  /** The special tokens that are spelled like one of these, with their bytes. */
  markPieces(texts: readonly string[]): ReadonlyMap<number, Uint8Array>;
  endsGeneration(token: number): boolean;
  /** Read on first use. */
  tokenBytes(): TokenBytes;
  free(): void;
}

/** Loads the weights. Throws model_file_invalid with the library's own reason; `onPercent` gets 0 to 100. */
export async function loadLlamaModel(
  api: LlamaApi,
  file: string,
  onPercent: (percent: number) => void,
): Promise<LlamaModel> {
  const pointer = await api.loadModel(file, api.modelDefaultParams(), (part) => onPercent(Math.floor(part * 100)));
  if (pointer === null) {
    const said = api.takeLog().at(0);
    throw refused(file, said === undefined ? because("model_engine_refused") : { problem: said });
  }
  if (api.modelHasEncoder(pointer) || !api.modelHasDecoder(pointer)) {
    api.modelFree(pointer);
    throw refused(file, because("model_writes_no_text"));
  }
  return wrapModel(api, pointer);
}

/** Freeing it frees the pointer. */
export function wrapModel(api: LlamaApi, pointer: Pointer): LlamaModel {
  const vocab = api.modelVocab(pointer);
  const vocabularySize = api.vocabTokens(vocab);
  const special = readSpecialTokens(api, vocab, vocabularySize);
  const beginToken = api.vocabAddsBegin(vocab) ? api.vocabBeginToken(vocab) : -1;
  const pieces: (Uint8Array | undefined)[] = [];
  let tokenBytes: TokenBytes | undefined;
  const piece = (token: number) => (pieces[token] ??= readPiece(api, vocab, token));
  const endsGeneration = (token: number) => api.vocabIsEndOfGeneration(vocab, token);
  const isToken = (token: number) => Number.isInteger(token) && token >= 0 && token < vocabularySize;

  const tokenizeRun = (run: PromptRun): Int32Array => {
    if (run.kind === "special") return Int32Array.of(run.token);
    const bytes = asBytes(run.text);
    // No tokenizer makes more tokens than bytes, except for one prefix token.
    const tokens = new Int32Array(bytes.length + 16);
    const count = api.tokenize(vocab, bytes, byteLength(run.text), tokens, tokens.length, false, false);
    if (count < 0) throw new AppError("invalid_request", { problem: "the text cannot be split into tokens" });
    return tokens.subarray(0, count);
  };

  return {
    pointer,
    vocabularySize,
    trainedContextTokens: api.modelTrainedContext(pointer),
    tokenize(prompt, { addBegin = true } = {}) {
      const runs = splitPrompt(prompt, special).map(tokenizeRun);
      // Templates may write the first token themselves; it must not be there twice.
      const begin = addBegin && beginToken >= 0 && runs[0]?.[0] !== beginToken ? [Int32Array.of(beginToken)] : [];
      return concatenate([...begin, ...runs]);
    },
    detokenize(tokens) {
      if (!tokens.every(isToken)) {
        throw new AppError("invalid_request", { problem: `token ids of this model are 0 to ${vocabularySize - 1}` });
      }
      const ids = padded(tokens);
      let bytes = Buffer.alloc(Math.max(64, tokens.length * 16));
      let length = api.detokenize(vocab, ids, tokens.length, bytes, bytes.length, false, true);
      if (length < 0) {
        bytes = Buffer.alloc(-length);
        length = api.detokenize(vocab, ids, tokens.length, bytes, bytes.length, false, true);
      }
      return bytes.toString("utf8", 0, Math.max(0, length));
    },
    piece,
    namedPiece(token) {
      const bytes = piece(token);
      return bytes.length > 0 ? bytes : Uint8Array.from(Buffer.from(api.vocabText(vocab, token) ?? ""));
    },
    endsGeneration,
    tokenBytes: () => (tokenBytes ??= readTokenBytes(vocabularySize, piece, endsGeneration)),
    markPieces: (texts) =>
      new Map(special.filter(({ text }) => texts.includes(text)).map(({ token, text }) => [token, Buffer.from(text)])),
    free: () => api.modelFree(pointer),
  };
}

function readPiece(api: LlamaApi, vocab: Pointer, token: number): Uint8Array {
  let bytes = Buffer.alloc(128);
  let length = api.tokenToPiece(vocab, token, bytes, bytes.length, 0, false);
  if (length < 0) {
    bytes = Buffer.alloc(Math.max(128, -length));
    length = api.tokenToPiece(vocab, token, bytes, bytes.length, 0, false);
  }
  return Uint8Array.from(bytes.subarray(0, Math.max(0, length)));
}

function readSpecialTokens(api: LlamaApi, vocab: Pointer, vocabularySize: number): readonly SpecialToken[] {
  const attributes = (token: number) => api.vocabAttributes(vocab, token);
  return findSpecialTokens(vocabularySize, attributes, (token) => api.vocabText(vocab, token) ?? "");
}

function concatenate(runs: readonly Int32Array[]): Int32Array {
  const tokens = new Int32Array(runs.reduce((sum, run) => sum + run.length, 0));
  let offset = 0;
  for (const run of runs) {
    tokens.set(run, offset);
    offset += run.length;
  }
  return tokens;
}

function byteLength(text: string): number {
  return Buffer.byteLength(text, "utf8");
}

/** More than 64 bytes, because V8 may move small typed arrays while C reads them. */
function asBytes(text: string): Buffer {
  const bytes = Buffer.alloc(Math.max(128, byteLength(text)));
  bytes.write(text, "utf8");
  return bytes;
}

function padded(tokens: readonly number[]): Int32Array {
  const ids = new Int32Array(Math.max(32, tokens.length));
  ids.set(tokens);
  return ids;
}

function refused(file: string, reason: ErrorDetails): AppError {
  return new AppError("model_file_invalid", { file: file.replace(/^.*[\\/]/, ""), ...reason });
}
