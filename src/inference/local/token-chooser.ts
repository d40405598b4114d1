// Chooses the next token where a grammar or a logit bias has a say. The grammar stays outside the sampler chain, because
// llama.cpp ends the process over a token that it refuses and over a row in which nothing is left: a candidate is tried
// alone, and only if it is refused are all of them, and what the grammar accepts has always been allowed by it before.
import koffi from "koffi";
import { AppError } from "../../platform/errors.ts";
import type { LlamaApi } from "./llama-api.ts";
import type { LlamaModel } from "./llama-model.ts";
import type { Pointer } from "./llama-structs.ts";
import { createGrammarGate, type GrammarGate } from "./grammar-gate.ts";
import type { ThinkingLimit } from "./thinking-limit.ts";
import { startsWrongly } from "./token-bytes.ts";
import type { AnswerGrammar } from "./worker-protocol.ts";

export interface TokenChooser {
  /** Null where no token is left that the grammar allows. */
  choose(logits: Float32Array): number | null;
  free(): void;
}

export interface TokenChooserSettings {
  /** Null allows any text. */
  readonly grammar: AnswerGrammar | null;
  readonly thinkingLimit?: ThinkingLimit | null;
  /** Special tokens that part the answer, as text: they may be written where a grammar holds, others may not. */
  readonly marks?: ReadonlyMap<number, Uint8Array>;
  readonly logitBias: Readonly<Record<string, number>>;
  /** Stays the caller's. */
  readonly chain: Pointer;
}

/** How many tokens are refused at most because they would jump over the beginning of the grammar, where it must hold. */
const mostJumps = 64;
/** And where it may be left out. */
const fewJumps = 8;
const noMarks: ReadonlyMap<number, Uint8Array> = new Map();

/** Throws invalid_grammar, and invalid_request for a bias on a token that the model does not have. */
export function createTokenChooser(
  api: LlamaApi,
  model: LlamaModel,
  { grammar, logitBias, chain, marks = noMarks, thinkingLimit = null }: TokenChooserSettings,
): TokenChooser {
  const biases = readBiases(logitBias, model.vocabularySize);
  const grammarSampler = grammar === null ? null : makeGrammar(api, model, grammar, marks);
  const candidates = createCandidates(model.vocabularySize);
  const one = createCandidates(1);
  let gate: GrammarGate | null = grammar?.start === undefined ? null : createGrammarGate(grammar.start);
  const mayEnd = grammar?.start?.isNeeded !== true;
  let isGivenUp = false;
  let lastByte = 0;

  const isAllowed = (token: number) => {
    one.set(0, token, 0);
    one.begin(1);
    api.samplerApply(grammarSampler, one.pointer);
    return Number.isFinite(one.logit(0));
  };
  const fill = (logits: Float32Array) => {
    candidates.fill(logits);
    for (const [token, bias] of biases) candidates.set(token, token, (logits[token] as number) + bias);
    if (grammarSampler !== null && gate === null) banUnwritable();
  };
  const banUnwritable = () => {
    const { unwritable, firstByte } = model.tokenBytes();
    const isInCharacter = [0xe0, 0xed, 0xf0, 0xf4].includes(lastByte);
    for (let token = 0; token < unwritable.length; token += 1) {
      const isWrong = isInCharacter && startsWrongly(lastByte, firstByte[token] as number);
      if ((unwritable[token] === 1 && !marks.has(token)) || isWrong) candidates.set(token, token, -Infinity);
    }
  };
  const pick = (): number | null => {
    api.samplerApply(chain, candidates.pointer);
    const at = candidates.selected();
    if (at >= 0 && Number.isFinite(candidates.logit(at))) return candidates.token(at);
    return candidates.best();
  };
  const accept = (token: number) => {
    api.samplerAccept(chain, token);
    api.samplerAccept(grammarSampler, token);
    lastByte = model.tokenBytes().lastByte[token] as number;
    return token;
  };

  const textOf = (token: number) => Buffer.from(marks.get(token) ?? model.piece(token)).toString("utf8");

  /** Before the grammar's place is reached: any token, but none that jumps over the place, and no end where it is needed. */
  const chooseBefore = (closed: GrammarGate, logits: Float32Array): number | null => {
    const refused: number[] = [];
    while (refused.length < (mayEnd ? fewJumps : mostJumps)) {
      fill(logits);
      for (const token of refused) candidates.set(token, token, -Infinity);
      if (candidates.best() === null) break;
      const token = pick();
      if (token === null) break;
      const isEnd = model.endsGeneration(token);
      const step = isEnd ? "closed" : closed.look(textOf(token));
      if (step === "goes-on" || (isEnd && !mayEnd)) {
        refused.push(token);
        continue;
      }
      api.samplerAccept(chain, token);
      closed.pass(textOf(token));
      if (step === "opens") gate = null;
      return token;
    }
    const [first] = refused;
    if (!mayEnd || first === undefined) return null;
    // Nothing has to be enforced, and nothing else would be said.
    isGivenUp = true;
    api.samplerAccept(chain, first);
    return first;
  };
  const chooseFreely = (logits: Float32Array): number | null => {
    fill(logits);
    const token = pick();
    if (token !== null) api.samplerAccept(chain, token);
    return token;
  };

  /** What ends the thinking is not for the model to choose. */
  const takeForced = (): number | null => {
    const token = thinkingLimit?.next() ?? null;
    if (token === null) return null;
    api.samplerAccept(chain, token);
    const step = gate?.look(textOf(token));
    gate?.pass(textOf(token));
    if (step === "opens") gate = null;
    return token;
  };
  const chooseOwn = (logits: Float32Array): number | null => {
    if (grammarSampler === null || isGivenUp) return chooseFreely(logits);
    if (gate !== null) return chooseBefore(gate, logits);
    fill(logits);
    const first = pick();
    if (first !== null && isAllowed(first)) return accept(first);
    fill(logits);
    api.samplerApply(grammarSampler, candidates.pointer);
    if (candidates.best() === null) return null;
    const second = pick();
    return second === null ? null : accept(second);
  };

  return {
    choose(logits) {
      const token = takeForced() ?? chooseOwn(logits);
      if (token !== null) thinkingLimit?.pass(textOf(token));
      return token;
    },
    free: () => {
      if (grammarSampler !== null) api.samplerFree(grammarSampler);
    },
  };
}

/** A mark is the one token that the model knows it as, or the text that it is spelled with. */
function makeGrammar(
  api: LlamaApi,
  model: LlamaModel,
  { text, marks: named = {} }: AnswerGrammar,
  marks: ReadonlyMap<number, Uint8Array>,
): Pointer {
  const tokens = new Map([...marks].map(([token, bytes]) => [Buffer.from(bytes).toString("utf8"), token]));
  const rules = Object.entries(named).map(([rule, mark]) => {
    const token = tokens.get(mark);
    return `${rule} ::= ${token === undefined ? JSON.stringify(mark) : `<[${token}]>`}\n`;
  });
  const sampler = api.samplerGrammar(api.modelVocab(model.pointer), text + rules.join(""), "root");
  if (sampler === null) throw new AppError("invalid_grammar");
  return sampler;
}

function readBiases(logitBias: Readonly<Record<string, number>>, vocabularySize: number) {
  return Object.entries(logitBias).map(([key, bias]) => {
    const token = Number(key);
    if (!(Number.isInteger(token) && token >= 0 && token < vocabularySize)) {
      const problem = `logit_bias: token ids of this model are 0 to ${vocabularySize - 1}`;
      throw new AppError("invalid_request", { problem, param: "logit_bias" });
    }
    return [token, bias] as const;
  });
}

const selectedAt = 2;
const nothingSelected = -1n;

/** llama_token_data_array over memory of ours; buffers of more than 64 bytes do not move. */
function createCandidates(capacity: number) {
  // llama_token_data: id (int32), logit and p (float).
  const data = new ArrayBuffer(Math.max(128, capacity * 12));
  const ids = new Int32Array(data);
  const floats = new Float32Array(data);
  const header = new ArrayBuffer(128);
  const fields = new BigInt64Array(header);
  const flags = new Uint8Array(header);
  // Kept, so that neither is collected while C holds its address.
  const bytes = new Uint8Array(data);
  const address = koffi.address(bytes);
  const begin = (count: number) => {
    fields[0] = address;
    fields[1] = BigInt(count);
    fields[selectedAt] = nothingSelected;
    flags[24] = 0;
  };
  const size = () => Number(fields[1]);
  return {
    pointer: flags,
    begin,
    set(at: number, token: number, logit: number) {
      ids[at * 3] = token;
      floats[at * 3 + 1] = logit;
      floats[at * 3 + 2] = 0;
    },
    fill(logits: Float32Array) {
      for (let token = 0; token < capacity; token += 1) {
        ids[token * 3] = token;
        floats[token * 3 + 1] = logits[token] as number;
        floats[token * 3 + 2] = 0;
      }
      begin(capacity);
    },
    logit: (at: number) => floats[at * 3 + 1] as number,
    token: (at: number) => ids[at * 3] as number,
    selected: () => Number(fields[selectedAt]),
    /** The likeliest that is left, or null. */
    best() {
      let best: number | null = null;
      for (let at = 0; at < size(); at += 1) {
        const logit = floats[at * 3 + 1] as number;
        if (logit > -Infinity && (best === null || logit > (floats[best * 3 + 1] as number))) best = at;
      }
      return best === null ? null : (ids[best * 3] as number);
    },
  };
}
